"""The Ray Data pipeline of curate: the same code for a thousand rows and for a million.

    read -> clean -> label -> score -> route          row by row, in parallel       (kept in Ray)
         -> entries -> group by shard -> duplicates    keys only, never texts        (row numbers)
         -> cases of evaluation                        hashes only                   (one sketch)
         -> mark duplicates -> decontaminate -> sort by id -> one Parquet file

The driver holds the row numbers of duplicates (9 bytes each) and the sketch of the evaluation
cases; examples pass through it in batches on their way to the file.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import ray
import ray.data
from ray.data.context import DataContext, ShuffleStrategy

from museline.examples import ROW_GROUP, example_schema, write_batches
from museline.progress import emit
from museline_components.curate.chain import admit, finish, prepare
from museline_components.curate.config import Configuration
from museline_components.curate.decontaminate import CASES, Sketch, cases
from museline_components.curate.deduplicate import (
    DUPLICATES,
    decisions,
    entries,
    find_duplicates,
    mark,
)

ROWS_PER_SHARD = 100_000
STEPS = ("prepare", "deduplicate", "decontaminate", "write")


@dataclass
class Totals:
    """What was counted on the way: rows by (step, reason), changes by (step, change), and kept rows
    by the value of a column."""

    read: int = 0
    kept: int = 0
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: dict[str, Counter[str]] = field(default_factory=dict)


def curate(source: Path, target: Path, config: Configuration) -> Totals:
    """Write the curated examples of the file `source` to the file `target`, sorted by id.

    Runs in the Ray session of the caller.
    """
    _quiet()
    pieces = fragments(source)
    rows = sum(piece["rows"] for piece in pieces)
    _progress(0, rows)
    prepared = (
        ray.data.from_items(pieces, override_num_blocks=len(pieces))
        .map_batches(partial(_read, str(source)), batch_size=1, batch_format="numpy")
        .map_batches(partial(prepare, config=config), batch_size=None, batch_format="pyarrow")
        .materialize()
    )
    _progress(1, rows)
    duplicates = _duplicates(prepared, rows, config)
    _progress(2, rows)
    shared = ray.put((duplicates, _sketch(prepared, duplicates, config)))
    _progress(3, rows)
    finished = prepared.map_batches(
        partial(_finish, shared=shared, config=config), batch_size=None, batch_format="pyarrow"
    ).sort(["id", "row"])
    totals = Totals()
    write_batches(
        target,
        _counted(finished.iter_batches(batch_size=ROW_GROUP, batch_format="pyarrow"), totals),
    )
    _progress(4, rows)
    return totals


def fragments(source: Path) -> list[dict[str, int]]:
    """The pieces of a file that are read in parallel: {"group", "start", "rows", "first"}.

    Large row groups, which our own files do not have, are cut into at most eight.
    """
    metadata = parquet.ParquetFile(source).metadata
    pieces, first = [], 0
    for group in range(metadata.num_row_groups):
        length = metadata.row_group(group).num_rows
        size = max(ROW_GROUP, -(-length // 8))
        for start in range(0, length, size):
            rows = min(size, length - start)
            pieces.append({"group": group, "start": start, "rows": rows, "first": first + start})
        first += length
    return pieces


def _read(source: str, piece: dict[str, Any]) -> Any:
    group, start, rows, first = (
        int(piece[name][0]) for name in ("group", "start", "rows", "first")
    )
    table = parquet.ParquetFile(source).read_row_group(group, columns=example_schema().names)
    return admit(table.slice(start, rows), first)


def _duplicates(prepared: Any, rows: int, config: Configuration) -> Any:
    """The rows that repeat another, and why; see `deduplicate.decisions`."""
    if not config.deduplication.enabled:
        return decisions(_gather([]))
    shards = -(-rows // ROWS_PER_SHARD)
    found = (
        prepared.map_batches(
            partial(entries, config=config.deduplication, shards=shards),
            batch_size=None,
            batch_format="pyarrow",
        )
        .groupby("shard")
        .map_groups(
            partial(find_duplicates, threshold=config.deduplication.threshold),
            batch_format="pyarrow",
        )
    )
    return decisions(_gather(list(found.iter_batches(batch_size=None, batch_format="pyarrow"))))


def _gather(tables: list[Any]) -> Any:
    return pa.concat_tables([DUPLICATES.empty_table(), *(each for each in tables if each.num_rows)])


def _sketch(prepared: Any, duplicates: Any, config: Configuration) -> Sketch | None:
    if not config.decontamination.enabled:
        return None
    shared = ray.put(duplicates)
    found = prepared.map_batches(
        partial(_cases, shared=shared, config=config), batch_size=None, batch_format="pyarrow"
    )
    tables = list(found.iter_batches(batch_size=None, batch_format="pyarrow"))
    return Sketch.of(
        pa.concat_tables([CASES.empty_table(), *(each for each in tables if each.num_rows)]),
        config.decontamination,
    )


def _cases(table: Any, shared: Any, config: Configuration) -> Any:
    return cases(mark(table, *ray.get(shared)), config.decontamination)


def _finish(table: Any, shared: Any, config: Configuration) -> Any:
    duplicates, sketch = ray.get(shared)
    return finish(table, duplicates, sketch, config)


def _counted(tables: Iterator[Any], totals: Totals) -> Iterator[Any]:
    """The kept rows of each table, as examples; every row is counted on its way."""
    names = example_schema().names
    for table in tables:
        kept = pc.is_null(table["reason"])
        out = table.filter(pc.invert(kept))
        totals.read += table.num_rows
        totals.dropped.update(zip(out["step"].to_pylist(), out["reason"].to_pylist(), strict=True))
        table = table.filter(kept)
        totals.kept += table.num_rows
        for change in pc.list_flatten(table["changes"]).to_pylist():
            step, _, what = change.partition(": ")
            totals.changes[step, what] += 1
        for name in ("domain", "modality", "split", "source", "licence"):
            counts = pc.value_counts(table[name]).to_pylist()
            totals.values.setdefault(name, Counter()).update(
                {each["values"]: each["counts"] for each in counts}
            )
        yield table.select(names)


def _progress(done: int, rows: int) -> None:
    emit(
        "progress",
        stage="curate",
        step=done,
        steps=len(STEPS),
        rows=rows,
        doing=STEPS[min(done, len(STEPS) - 1)],
    )


def _quiet() -> None:
    """Ray Data's own bars and notes stay out of the log; blocks keep their order."""
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    # The hash shuffle starts actors, which takes longer than all the work on a laptop.
    context.shuffle_strategy = ShuffleStrategy.SORT_SHUFFLE_PULL_BASED
    logging.getLogger("ray.data").setLevel(logging.ERROR)
