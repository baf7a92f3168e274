"""The servers of both models as child processes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from museline.errors import StageError
from museline_serving.gateway.cases import PUBLIC_NAME
from museline_serving.gateway.children import Child, start_child
from museline_serving.gateway.ports import HOST
from museline_serving.release.models import Served
from museline_serving.rollout.ports import Readiness

READY_PATH = "/v2/health/ready"
START_SECONDS = 180.0
MISSES = 3
"""So many looks in a row without an answer mean that a living server is not ready."""
RESTARTS = 3

Command = Callable[[Served, int, str | None], Sequence[str]]
"""The command that serves a model on a port, with a fault (such as `errors=0.1`) or none."""


def predictor_command(model: Served, port: int, fault: str | None) -> Sequence[str]:
    """The predictor of this package."""
    command = [sys.executable, "-m", "museline_serving.predictor"]
    command += ["--model-folder", str(model.folder), "--public-key", str(model.public_key)]
    command += ["--model-name", PUBLIC_NAME, "--version", model.label]
    command += ["--host", HOST, "--port", str(port)]
    return [*command, "--fault", fault] if fault else command


@dataclass
class ModelServer:
    """One server, started again (RESTARTS times at most) when it dies."""

    name: str
    command: Sequence[str]
    port: int
    folder: Path
    child: Child = field(init=False)
    misses: int = 0
    restarts: int = 0

    def __post_init__(self) -> None:
        self.child = start_child(self.name, self.command, self.folder)

    def answers(self) -> bool:
        """Whether it says now that it is ready."""
        try:
            answer = httpx.get(f"http://{HOST}:{self.port}{READY_PATH}", timeout=1)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    def ready(self) -> bool:
        """As `answers`, but a busy server may miss a few looks. A dead one is started again.

        Raises StageError, with the end of its log, if it died once too often.
        """
        if not self.child.alive:
            if self.restarts == RESTARTS:
                raise self.child.died()
            self.misses = MISSES
            self.restarts += 1
            self.child = start_child(self.name, self.command, self.folder)
            return False
        self.misses = 0 if self.answers() else self.misses + 1
        return self.misses < MISSES


class ModelServers:
    """Incumbent and candidate: the port `Servers` of the controller."""

    def __init__(
        self, incumbent: ModelServer, candidate: ModelServer, verified: Callable[[], bool]
    ) -> None:
        self.incumbent, self.candidate, self._verified = incumbent, candidate, verified

    def await_ready(self) -> None:
        """Raise StageError, with the end of its log, if one dies or is not ready in time."""
        deadline = time.monotonic() + START_SECONDS
        for server in (self.incumbent, self.candidate):
            while not server.answers():
                if not server.child.alive:
                    raise server.child.died()
                if time.monotonic() > deadline:
                    raise StageError(
                        f"{server.name} is not ready after {START_SECONDS:.0f} s",
                        mend=f"see {server.child.log}",
                    )
                time.sleep(0.1)

    def readiness(self) -> Readiness:
        return Readiness(
            incumbent=self.incumbent.ready(),
            candidate=self.candidate.ready(),
            verified=self._verified(),
        )

    def end(self) -> None:
        for server in (self.incumbent, self.candidate):
            server.child.process.terminate()
        for server in (self.incumbent, self.candidate):
            server.child.end()
