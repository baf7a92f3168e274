"""Parquet files of examples. The schema is checked on every read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from museline.errors import DataError
from museline.examples.example import Example
from museline.extras import require

EXAMPLES_FILE = "examples.parquet"


def example_schema() -> Any:
    """The pyarrow schema of a file of examples."""
    pa = require("pyarrow", "reading and writing examples")
    text = pa.string()
    required = {"id", "domain", "family", "modality", "source", "licence", "prompt", "answer"}
    types = {
        "image": pa.binary(),
        "event_time": pa.timestamp("us", tz="UTC"),
        "difficulty": pa.float64(),
        "quality": pa.float64(),
    }
    return pa.schema(
        [
            pa.field(each.name, types.get(each.name, text), nullable=each.name not in required)
            for each in dataclasses.fields(Example)
        ]
    )


def to_table(examples: Iterable[Example]) -> Any:
    """A pyarrow table of `examples`, in their order."""
    pa = require("pyarrow", "writing examples")
    names = [each.name for each in dataclasses.fields(Example)]
    rows = [{name: getattr(example, name) for name in names} for example in examples]
    return pa.Table.from_pylist(rows, schema=example_schema())


def write_table(path: Path, table: Any) -> None:
    """Write a table of examples to `path`, whole or not at all."""
    require("pyarrow", "writing examples")
    import pyarrow.parquet as parquet

    aside = path.with_name(f".{path.name}.partial")
    aside.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table.cast(example_schema()), aside, compression="zstd")
    aside.replace(path)


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """As `write_table(path, to_table(examples))`."""
    write_table(path, to_table(examples))


def read_table(path: Path) -> Any:
    """The table in `path` (a file, or a folder with `examples.parquet`).

    Raises DataError for a missing file, one that is not Parquet, and a missing column.
    """
    pa = require("pyarrow", "reading examples")
    import pyarrow.parquet as parquet

    file = path / EXAMPLES_FILE if path.is_dir() else path
    if not file.exists():
        raise DataError("there is no file of examples here", value=file)
    try:
        table = parquet.read_table(file)
    except pa.ArrowInvalid as error:
        raise DataError(f"this file is not Parquet: {error}", value=file) from error
    schema = example_schema()
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise DataError(
            f"the file of examples lacks the columns {', '.join(missing)}",
            value=file,
            allowed="columns " + ", ".join(schema.names),
        )
    return table.select(schema.names).cast(schema)


def read_examples(path: Path) -> list[Example]:
    """The examples in `path`, as `read_table` finds them."""
    return [Example(**row) for row in read_table(path).to_pylist()]
