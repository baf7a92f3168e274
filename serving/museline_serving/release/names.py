"""Where a release's things lie."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from museline.errors import DataError
from museline.storage import Home, write_text
from museline_serving.rollout.adapters.sqlite_store import SQLiteStore

SETTINGS_FILE = "release.json"
CONTROLLER_FILE = "controller.pid"


@dataclass(frozen=True)
class Settings:
    """What a release needs beyond its plan, kept so that another process can go on with it."""

    examples: str
    rate: float
    port: int = 0
    fault: str | None = None

    def write(self, folder: Path) -> None:
        write_text(folder / SETTINGS_FILE, json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Raises DataError if the release never got as far as being written."""
        path = folder / SETTINGS_FILE
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise DataError(
                "this release cannot go on: its settings are missing or broken",
                value=path,
                mend="start a new one: muse release start",
            ) from error


def open_store(home: Home) -> SQLiteStore:
    """The store of all releases of `home`."""
    return SQLiteStore(home.rollouts / "rollouts.sqlite")


def release_folder(home: Home, name: str) -> Path:
    return home.rollouts / name


def new_name(home: Home, candidate: str) -> str:
    """The candidate's label with the next free number, such as `muse-spark-v2-001`. The folder is
    made, so that nobody else takes the name."""
    home.rollouts.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        name = f"{candidate}-{number:03d}"
        try:
            release_folder(home, name).mkdir()
        except FileExistsError:
            number += 1
        else:
            return name


def controller_lives(home: Home, name: str) -> bool:
    """Whether the process that last carried the release out is still there."""
    try:
        number = int((release_folder(home, name) / CONTROLLER_FILE).read_text())
        os.kill(number, 0)
    except (OSError, ValueError):
        return False
    return True
