"""Outputs of stages by the content they were made from: equal inputs are computed once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from museline.storage.atomic import staged_folder, write_text
from museline.storage.home import Home

PROVENANCE = "provenance.json"


@dataclass(frozen=True)
class Artifact:
    """A finished output: its folder, the run that made it and the seconds that took."""

    folder: Path
    run: str
    seconds: float


@dataclass(frozen=True)
class ArtifactStore:
    """Folders `<home>/artifacts/<stage>/<key>`; one without its final name is not finished."""

    home: Home

    def folder(self, stage: str, key: str) -> Path:
        return self.home.artifacts / stage / key[:24]

    def find(self, stage: str, key: str) -> Artifact | None:
        folder = self.folder(stage, key)
        provenance = folder / PROVENANCE
        if not provenance.exists():
            return None
        made = json.loads(provenance.read_text())
        return Artifact(folder, run=made["run"], seconds=made["seconds"])

    @contextmanager
    def partial(self, stage: str, key: str) -> Iterator[Path]:
        """The folder to fill for `key`; it keeps what a killed attempt left, so that work goes on.

        Waits for a process that fills the same one; commit by `finish` inside the block.
        """
        from filelock import FileLock

        final = self.folder(stage, key)
        final.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(final.with_name(final.name + ".lock")):
            if (final / PROVENANCE).exists():  # another process finished it while this one waited
                yield final
                return
            with staged_folder(final, keep=True) as partial:
                yield partial

    @staticmethod
    def finish(partial: Path, run: str, seconds: float) -> None:
        write_text(partial / PROVENANCE, json.dumps({"run": run, "seconds": round(seconds, 3)}))
