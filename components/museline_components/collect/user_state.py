"""What a user's file holds now: part of the key by which finished work is found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from museline.extras import require
from museline.storage import digest_file
from museline_components.collect.user_rows import JSONL, PARQUET, names_a_file


def state_of(uri: str) -> object:
    """A JSON value that changes when the file at `uri`, or an image that it names, does.

    For a remote file it is what its file system says of it (size, time, tag). It never fails: a
    file that cannot be read has the state of an absent one, and the step says what is wrong.
    """
    bare = uri.removeprefix("file://")
    if "://" in bare:
        return _remote(uri)
    path = Path(bare)
    if not path.is_file():
        return "absent"
    images = {name: _stamp(path.parent / name) for name in _image_names(path)}
    return {"digest": digest_file(path), "images": images}


def _remote(uri: str) -> str:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(uri)
        return str(system.ukey(path))
    except (OSError, ValueError, ImportError):
        return "absent"


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return []
    return [found.st_size, found.st_mtime_ns]


def _image_names(path: Path) -> Iterator[str]:
    if path.suffix.lower() in JSONL:
        yield from _names_in_lines(path)
    elif path.suffix.lower() in PARQUET:
        yield from _names_in_column(path)


def _names_in_lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for line in file:
            if b'"image"' not in line:
                continue
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                continue
            name = values.get("image") if isinstance(values, dict) else None
            if isinstance(name, str) and names_a_file(name):
                yield name


def _names_in_column(path: Path) -> Iterator[str]:
    pa = require("pyarrow", "reading Parquet")
    parquet = require("pyarrow.parquet", "reading Parquet")
    try:
        file = parquet.ParquetFile(path)
        if "image" not in file.schema_arrow.names:
            return
        for batch in file.iter_batches(columns=["image"], batch_size=4096):
            for value in batch.column(0).to_pylist():
                name = value.get("path") if isinstance(value, dict) else value
                if isinstance(name, str) and names_a_file(name):
                    yield name
    except (pa.ArrowInvalid, OSError):
        return
