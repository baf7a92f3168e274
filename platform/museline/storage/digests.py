"""SHA-256 digests of files, folders and JSON values, as hexadecimal text."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_folder(folder: Path, pattern: str = "**/*") -> str:
    """Digest over the relative names and the contents of all files below `folder`."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob(pattern)):
        if path.is_file():
            whole.update(f"{path.relative_to(folder).as_posix()}\0{digest_file(path)}\n".encode())
    return whole.hexdigest()


def digest_json(value: object) -> str:
    """Digest of a JSON value, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
