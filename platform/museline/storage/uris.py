"""Anything that fsspec can open, as a local file."""

from __future__ import annotations

from pathlib import Path

from museline.errors import DataError


def fetch_uri(uri: str, folder: Path) -> Path:
    """A local path for `uri`: itself if it is local, else a copy in `folder`.

    Raises DataError if there is nothing at `uri`.
    """
    local = Path(uri.removeprefix("file://"))
    if "://" not in uri.removeprefix("file://"):
        if not local.exists():
            raise DataError("there is no such file", value=uri, mend="check the path")
        return local
    import fsspec

    system, path = fsspec.core.url_to_fs(uri)
    if not system.exists(path):
        raise DataError("there is nothing at this address", value=uri, mend="check the address")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / Path(path).name
    system.get(path, str(target), recursive=system.isdir(path))
    return target
