"""The user's own JSONL and Parquet files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from museline.errors import DataError
from museline.examples import Example
from museline.extras import require
from museline.progress import emit
from museline.storage import fetch_uri
from museline_components.collect.user_rows import COLUMNS, JSONL, PARQUET, BadRow, example_of

_EXPECTED = 'one JSON object per line, such as {"prompt": "2 + 2 = ?", "answer": "4"}'


@dataclass(frozen=True)
class Rejected:
    """A line (counted from 1) of a user's file that cannot be used, and why."""

    file: str
    line: int
    reason: str
    expected: str
    text: str


def read_user_file(
    uri: str,
    labels: tuple[str, ...],
    reject: Callable[[Rejected], None],
    scratch: Path,
) -> Iterator[Example]:
    """The examples in the file at `uri`; what cannot be used is given to `reject`.

    `scratch` takes the copy of a remote file. Raises DataError if there is no file, for a folder,
    an unknown kind of file, an empty one, and one without a single usable line.
    """
    path = _local(uri, scratch)
    reader = _jsonl if path.suffix.lower() in JSONL else _parquet
    lines = used = 0
    first: Rejected | None = None
    for number, text, read in reader(path):
        lines += 1
        try:
            values = read()
            if lines == 1:
                _note_unknown(values, uri)
            example = example_of(values, path, labels)
        except BadRow as bad:
            rejected = Rejected(uri, number, bad.reason, bad.expected, text()[:1000])
            first = first or rejected
            reject(rejected)
        else:
            used += 1
            yield example
    if not lines:
        raise DataError("this file is empty", value=uri, allowed=_EXPECTED)
    if first and not used:
        raise DataError(
            f"not one of the {lines} lines of this file can be used;"
            f" the first, line {first.line}: {first.reason}",
            value=uri,
            allowed=first.expected,
        )


def _note_unknown(values: dict[str, Any], uri: str) -> None:
    unknown = [name for name in values if name not in COLUMNS]
    if unknown:
        text = f"{uri}: columns left out: {', '.join(unknown)}; known are {', '.join(COLUMNS)}"
        emit("note", stage="collect", text=text)


def _local(uri: str, scratch: Path) -> Path:
    try:
        path = fetch_uri(uri, scratch)
    except (OSError, ValueError, ImportError) as error:
        raise DataError(
            f"this file cannot be fetched: {error}",
            value=uri,
            mend="check the address and your access to it",
        ) from error
    if path.is_dir():
        inside = sorted(each.name for each in path.iterdir() if _is_known(each))
        raise DataError(
            "this is a folder, not a file",
            value=uri,
            allowed="a .jsonl or .parquet file",
            mend="name the files in it" + (f": {', '.join(inside[:5])}" if inside else ""),
        )
    if not _is_known(path):
        raise DataError(
            f"files ending in {path.suffix or 'nothing'} are not known",
            value=uri,
            allowed=", ".join(JSONL + PARQUET),
            mend="a JSON list becomes lines by: jq -c '.[]' FILE.json > FILE.jsonl",
        )
    return path


def _is_known(path: Path) -> bool:
    return path.suffix.lower() in JSONL + PARQUET


_Row = tuple[int, Callable[[], str], Callable[[], dict[str, Any]]]
"""The number of a line, its text for people, and its values (may raise BadRow)."""


def _jsonl(path: Path) -> Iterator[_Row]:
    """The lines that are not blank."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if content.strip():
                yield number, lambda c=content: _readable(c), lambda c=content: _parse(c)  # type: ignore[misc]


def _readable(content: bytes) -> str:
    return content.decode("utf-8", errors="replace").strip()


def _parse(content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRow(
            f"not UTF-8: byte {error.start + 1} of the line",
            "UTF-8; convert it by: iconv -f ENCODING -t UTF-8 FILE",
        ) from error
    try:
        values = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadRow(f"not JSON: {error.msg} at column {error.colno}", _EXPECTED) from error
    except RecursionError as error:
        raise BadRow("not usable: nested too deeply", _EXPECTED) from error
    if not isinstance(values, dict):
        raise BadRow("not a JSON object", _EXPECTED)
    return values


def _no_constant(name: str) -> Any:
    raise BadRow(f"not JSON: {name}", "a number or a text")


def _parquet(path: Path) -> Iterator[_Row]:
    pa = require("pyarrow", "reading Parquet")
    parquet = require("pyarrow.parquet", "reading Parquet")
    try:
        file = parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"this file is not Parquet: {error}", value=path) from error
    missing = [name for name in ("prompt", "answer") if name not in file.schema_arrow.names]
    if missing:
        raise DataError(
            f"this file lacks the column {' and '.join(missing)}",
            value=path,
            allowed="prompt, answer; optional: domain, modality, licence, source, image",
            mend=f"rename a column: it has {', '.join(file.schema_arrow.names)}",
        )
    number = 0
    for batch in file.iter_batches(batch_size=4096):
        for row in batch.to_pylist():
            number += 1
            yield number, lambda r=row: repr(r), lambda r=row: r  # type: ignore[misc]
