"""Child processes that end with their parent, whatever ends it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from museline.errors import StageError
from museline.storage import write_text

PATIENCE_SECONDS = 5.0


@dataclass
class Child:
    """A running program with its log file. Ending one that has ended does nothing."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """Ask it to end, insist after a while, and wait until it has."""
        if self.alive:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def died(self) -> StageError:
        """The error that says that it ended by itself, with the last lines of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        return StageError(
            f"{self.name} ended with status {self.process.poll()}: " + " | ".join(lines),
            mend=f"see {self.log}",
        )


def start_child(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Child:
    """Start `command`; its output goes to `folder/logs/NAME.log`, its id to `folder/pids/NAME`.

    It has a session of its own, so that Ctrl-C in the terminal reaches only the parent. Call this
    from the main thread: the kernel ends the child with the thread that started it.
    """
    log = folder / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "museline_serving.gateway.child", str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    write_text(folder / "pids" / name, f"{process.pid}\n")
    return Child(name, process, log)
