"""The MLflow side of the registry, and a snapshot of it that is read in milliseconds.

MLflow takes seconds to import and to open its database, so reads go through `snapshot.json`: what
MLflow said, with the size and time of the database file when it said so. When the database has
changed since (by us, or by MLflow's own tools), the snapshot is not used and is made anew.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from museline.extras import require
from museline.storage.atomic import write_text

DATABASE_FILE = "registry.db"
SNAPSHOT_FILE = "snapshot.json"
CONTENT_TAG = "museline.content"
FOLDER_TAG = "museline.folder"
NAME_TAG = "museline.name"


@dataclass(frozen=True)
class StoredVersion:
    """One version as MLflow has it. `folder` is relative to the registry's folder."""

    public_name: str
    version: int
    name: str
    content: str
    folder: str
    registered_at: float
    """Seconds since 1970, UTC."""
    aliases: tuple[str, ...]


class Store:
    """Versions of registered models in the MLflow database of `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client_once: Any = None

    @property
    def database(self) -> Path:
        return self._folder / DATABASE_FILE

    def versions(self) -> list[StoredVersion]:
        """All versions, oldest first; none where nothing was ever registered."""
        if not self.database.exists():
            return []
        stamp = self._stamp()
        if (known := self._read_snapshot(stamp)) is not None:
            return known
        found = self._ask()
        if stamp == self._stamp():
            self._write_snapshot(stamp, found)
        return found

    def find(self, public_name: str, content: str) -> StoredVersion | None:
        """The version of `public_name` that was registered for `content`."""
        for each in self.versions():
            if each.public_name == public_name and each.content == content:
                return each
        return None

    def create(self, public_name: str, name: str, content: str, folder: Path) -> int:
        """Add a version in one transaction and return its number."""
        client = self._client()
        if not any(each.name == public_name for each in client.search_registered_models()):
            client.create_registered_model(public_name)
        tags = {
            CONTENT_TAG: content,
            FOLDER_TAG: folder.relative_to(self._folder).as_posix(),
            NAME_TAG: name,
        }
        made = client.create_model_version(public_name, source=folder.as_uri(), tags=tags)
        return int(made.version)

    def set_alias(self, public_name: str, alias: str, version: int) -> None:
        self._client().set_registered_model_alias(public_name, alias, str(version))

    def _ask(self) -> list[StoredVersion]:
        client = self._client()
        found = []
        for model in client.search_registered_models():
            whole = client.get_registered_model(model.name)
            aliases = {str(key): int(value) for key, value in whole.aliases.items()}
            for each in client.search_model_versions(f"name='{model.name}'"):
                version = int(each.version)
                found.append(
                    StoredVersion(
                        public_name=model.name,
                        version=version,
                        name=each.tags.get(NAME_TAG, model.name),
                        content=each.tags.get(CONTENT_TAG, ""),
                        folder=each.tags.get(FOLDER_TAG, ""),
                        registered_at=each.creation_timestamp / 1000,
                        aliases=tuple(sorted(a for a, v in aliases.items() if v == version)),
                    )
                )
        return sorted(found, key=lambda each: (each.public_name, each.version))

    def _client(self) -> Any:
        """MLflow's client on the SQLite file, without telemetry, network or chatter."""
        if self._client_once is None:
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
            os.environ.setdefault("DO_NOT_TRACK", "true")
            for noisy in ("mlflow", "alembic"):
                logging.getLogger(noisy).setLevel(logging.WARNING)
            require("mlflow", "the registry of models")
            from mlflow.tracking import MlflowClient

            logging.getLogger("mlflow").setLevel(logging.WARNING)  # its import sets it to INFO
            self._folder.mkdir(parents=True, exist_ok=True)
            uri = f"sqlite:///{self.database}"
            self._client_once = MlflowClient(tracking_uri=uri, registry_uri=uri)
        return self._client_once

    def _stamp(self) -> list[int]:
        status = self.database.stat()
        return [status.st_mtime_ns, status.st_size]

    def _read_snapshot(self, stamp: list[int]) -> list[StoredVersion] | None:
        path = self._folder / SNAPSHOT_FILE
        try:
            content = json.loads(path.read_bytes())
            if content["database"] != stamp:
                return None
            return [
                StoredVersion(**{**each, "aliases": tuple(each["aliases"])})
                for each in content["versions"]
            ]
        except (OSError, ValueError, KeyError, TypeError):
            return None  # missing, broken, or written by another version of this code

    def _write_snapshot(self, stamp: list[int], found: list[StoredVersion]) -> None:
        content = {"database": stamp, "versions": [asdict(each) for each in found]}
        write_text(self._folder / SNAPSHOT_FILE, json.dumps(content, indent=1))
