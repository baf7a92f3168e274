"""Reads a data set as batches for Great Expectations, without judging it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from museline.errors import DataError, MuselineError
from museline.examples import EXAMPLES_FILE, Example, example_id
from museline.extras import require
from museline.tasks import FAMILIES, check_answer

RECORDS = "records"
FIELDS = "{} fields"
"""Name of the batch that describes the columns of another batch."""


@dataclass(frozen=True)
class Batch:
    """A pandas frame with a name; `file` is where it comes from, relative to the data set.

    The frame of the examples holds `image_bytes` (the size of the image) in place of the image.
    """

    name: str
    file: str
    frame: Any


def data_files(folder: Path) -> list[Path]:
    """The Parquet files of a data set, examples first.

    Raises DataError if there are no examples.
    """
    examples = folder / EXAMPLES_FILE
    if not examples.exists():
        raise DataError("there is no file of examples here", value=examples)
    return [examples, *sorted((folder / RECORDS).glob("*.parquet"))]


def read_batches(folder: Path, *, judge: bool) -> list[Batch]:
    """The examples, one batch per view of records, and for each of these a batch of its fields.

    `judge` adds to the examples `content` (a digest: equal for exact duplicates) and `answer_right`
    (None where no solver knows). The batch of fields has one row (field, type) per column of the
    file, with types in Arrow's words.
    Raises DataError for a file that is not Parquet.
    """
    batches = []
    for path in data_files(folder):
        table = _read(path)
        name = "examples" if path.name == EXAMPLES_FILE else path.stem
        file = path.relative_to(folder).as_posix()
        batches.append(Batch(FIELDS.format(name), file, _fields(table)))
        if name == "examples":
            table = _without_images(_with_judgements(table) if judge else table)
        batches.append(Batch(name, file, table.to_pandas()))
    return batches


def _read(path: Path) -> Any:
    pa = require("pyarrow", "reading examples")
    import pyarrow.parquet as parquet

    try:
        return parquet.read_table(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"this file is not Parquet: {error}", value=path) from error


def _fields(table: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(
        {"field": table.schema.names, "type": [str(each.type) for each in table.schema]}
    )


def _without_images(table: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as compute

    names = table.column_names
    if "image" not in names or not pa.types.is_binary(table.schema.field("image").type):
        return table
    sizes = compute.binary_length(table["image"])
    return table.set_column(names.index("image"), "image_bytes", sizes)


def _with_judgements(table: Any) -> Any:
    """The table with `content` and `answer_right`; unchanged if columns for that are missing."""
    import pyarrow as pa

    names = [each.name for each in dataclasses.fields(Example)]
    if not set(names) <= set(table.column_names):
        return table
    rows = [Example(**row) for row in table.select(names).to_pylist()]
    right = [_is_right(row) if row.family in FAMILIES else None for row in rows]
    content = [
        example_id(f"{row.entity}\0{row.event_time}", row.prompt, row.answer, row.image)
        for row in rows
    ]
    return table.append_column("content", pa.array(content, pa.string())).append_column(
        "answer_right", pa.array(right, pa.bool_())
    )


def _is_right(example: Example) -> bool:
    """Whether the family's checker takes the answer; what it cannot solve is not right."""
    try:
        return check_answer(example, example.answer)
    except (ValueError, TypeError, LookupError, ArithmeticError, MuselineError):
        return False
