"""What the steps share: a batch is a table of examples with columns that the steps work with.

| column | type | meaning |
|---|---|---|
| row | int64 | the row's number in the input |
| step, reason | string | which step dropped the row, and why; null for kept rows |
| changes | list of strings | what was changed in a kept row, as "step: change" |
| unsolvable | bool | the family's solver could not find an answer |

A dropped row stays in its batch, marked, until the end: so each is counted, and only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from museline.examples import Example, example_schema


def begin(table: Any, first_row: int = 0) -> Any:
    """`table` (of examples) with the working columns; its rows are numbered from `first_row`."""
    rows = table.num_rows
    none = pa.nulls(rows, pa.string())
    columns = {
        "row": pa.array(range(first_row, first_row + rows), pa.int64()),
        "step": none,
        "reason": none,
        "changes": pa.array([[] for _ in range(rows)], pa.list_(pa.string())),
        "unsolvable": pa.array([False] * rows, pa.bool_()),
    }
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table


def with_column(table: Any, name: str, values: Sequence[object] | Any) -> Any:
    """`table` with the column `name` replaced by `values`, in its own type."""
    index = table.column_names.index(name)
    field = table.schema.field(index)
    array = (
        values if isinstance(values, pa.ChunkedArray | pa.Array) else pa.array(values, field.type)
    )
    return table.set_column(index, field, array)


def kept(table: Any) -> list[bool]:
    """Per row, whether no step has dropped it."""
    return pc.is_null(table["reason"]).to_pylist()


def drop(table: Any, step: str, reasons: Sequence[str | None]) -> Any:
    """Mark rows as dropped by `step`: one reason per row, None to keep it. A first reason stays."""
    old_steps, old_reasons = table["step"].to_pylist(), table["reason"].to_pylist()
    fresh = [old is None and new is not None for old, new in zip(old_reasons, reasons, strict=True)]
    if not any(fresh):
        return table
    steps = [step if new else old for old, new in zip(old_steps, fresh, strict=True)]
    whys = [
        reason if new else old for old, reason, new in zip(old_reasons, reasons, fresh, strict=True)
    ]
    return with_column(with_column(table, "step", steps), "reason", whys)


def add_changes(table: Any, step: str, changes: Sequence[Sequence[str]]) -> Any:
    """Note what `step` changed in each row."""
    if not any(changes):
        return table
    old = table["changes"].to_pylist()
    new = [
        [*before, *(f"{step}: {change}" for change in more)]
        for before, more in zip(old, changes, strict=True)
    ]
    return with_column(table, "changes", new)


def examples(table: Any, indices: Sequence[int]) -> list[Example]:
    """The rows at `indices` as examples."""
    names, chosen = example_schema().names, pa.array(indices, pa.int64())
    return [Example(**row) for row in table.select(names).take(chosen).to_pylist()]


def hash64(*parts: str | bytes) -> int:
    """A 64-bit number from texts, the same on every machine."""
    whole = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "little"))
        whole.update(data)
    return int.from_bytes(whole.digest(), "little")
