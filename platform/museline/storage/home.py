"""The folder that holds everything of the embedded mode; it can be deleted or copied."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from museline.errors import BusyError

HOME_VARIABLE = "MUSELINE_HOME"


@dataclass(frozen=True)
class Home:
    """Where things lie below one home folder."""

    root: Path

    @classmethod
    def find(cls) -> Home:
        """`$MUSELINE_HOME`, else `.museline` in the working folder. The folder need not exist."""
        return cls(Path(os.environ.get(HOME_VARIABLE) or ".museline").absolute())

    @property
    def artifacts(self) -> Path:
        """Outputs of stages, by stage and content key."""
        return self.root / "artifacts"

    @property
    def runs(self) -> Path:
        """One folder per pipeline run: run.json, events.jsonl, logs, report.html."""
        return self.root / "runs"

    @property
    def registry(self) -> Path:
        """The MLflow database and the registered model folders."""
        return self.root / "registry"

    @property
    def keys(self) -> Path:
        """The local signing key and its public half."""
        return self.root / "keys"

    @property
    def rollouts(self) -> Path:
        """The rollout store (SQLite), the gateway's configuration and the servers' logs."""
        return self.root / "rollouts"

    @property
    def quarantine(self) -> Path:
        """Batches that failed validation, kept with the reason."""
        return self.root / "quarantine"


@contextmanager
def home_lock(home: Home, purpose: str) -> Iterator[None]:
    """Hold the home for one writing command; `purpose` (such as "runs") names what is exclusive.

    The operating system frees the lock when its holder dies, kill -9 included.
    Raises BusyError, which names the process that holds it.
    """
    from filelock import FileLock, Timeout

    home.root.mkdir(parents=True, exist_ok=True)
    path = home.root / f"{purpose}.lock"
    owner = home.root / f"{purpose}.owner"
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        holder = owner.read_text().strip() if owner.exists() else "unknown"
        raise BusyError(
            f"another muse is at work in {home.root} ({purpose})",
            value=f"process {holder}",
            mend=f"wait for it, or use another home: {HOME_VARIABLE}=OTHER_FOLDER muse ...",
        ) from error
    try:
        owner.write_text(str(os.getpid()))
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()
