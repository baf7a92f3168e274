"""Parquet files of examples. The schema is checked on every read."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from museline.errors import DataError
from museline.examples.example import Example
from museline.extras import require

EXAMPLES_FILE = "examples.parquet"
ROW_GROUP = 4096
"""Rows per row group: small enough that two workers have work with ten thousand examples."""


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
    write_batches(path, [table])


def write_batches(path: Path, tables: Iterable[Any]) -> int:
    """Write tables of examples, one after the other, to one file `path`; returns the rows.

    The file has row groups of `ROW_GROUP` rows however the rows arrive, so equal rows give equal
    bytes, and readers can share the file out. It appears whole or not at all.
    """
    pa = require("pyarrow", "writing examples")
    import pyarrow.parquet as parquet

    schema = example_schema()
    aside = path.with_name(f".{path.name}.partial")
    aside.parent.mkdir(parents=True, exist_ok=True)
    rows, waiting = 0, schema.empty_table()
    try:
        with parquet.ParquetWriter(aside, schema, compression="zstd") as writer:
            for table in tables:
                waiting = pa.concat_tables([waiting, table.cast(schema)])
                while waiting.num_rows >= ROW_GROUP:
                    writer.write_table(waiting.slice(0, ROW_GROUP))
                    waiting = waiting.slice(ROW_GROUP)
                    rows += ROW_GROUP
            if waiting.num_rows:
                writer.write_table(waiting)
            rows += waiting.num_rows
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    aside.replace(path)
    return rows


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """As `write_batches`, of single examples: they need not fit in memory."""
    rest = iter(examples)
    groups = iter(lambda: list(itertools.islice(rest, ROW_GROUP)), [])
    write_batches(path, (to_table(group) for group in groups))


def check_file(path: Path) -> int:
    """The number of examples in `path`, from the file's footer alone.

    Raises DataError as `read_table`.
    """
    return int(_open(path).metadata.num_rows)


def read_table(path: Path) -> Any:
    """The table in `path` (a file, or a folder with `examples.parquet`).

    Raises DataError for a missing file, one that is not Parquet, and a missing column.
    """
    schema = example_schema()
    return _open(path).read(columns=schema.names).select(schema.names).cast(schema)


def _open(path: Path) -> Any:
    pa = require("pyarrow", "reading examples")
    import pyarrow.parquet as parquet

    file = path / EXAMPLES_FILE if path.is_dir() else path
    if not file.exists():
        raise DataError("there is no file of examples here", value=file)
    try:
        opened = parquet.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise DataError(f"this file is not Parquet: {error}", value=file) from error
    schema = example_schema()
    missing = [name for name in schema.names if name not in opened.schema_arrow.names]
    if missing:
        raise DataError(
            f"the file of examples lacks the columns {', '.join(missing)}",
            value=file,
            allowed="columns " + ", ".join(schema.names),
        )
    return opened


def read_examples(path: Path) -> list[Example]:
    """The examples in `path`, as `read_table` finds them."""
    return [Example(**row) for row in read_table(path).to_pylist()]
