"""Deduplicate: rows that share a key, found by grouping keys instead of comparing rows.

Each row gives one entry per key: its prompt, its task where a solver knows it, else its words, and
for long texts without a solver the bands of a MinHash signature. Entries are grouped by key; in
each group the row that comes first stays: an evaluation case before all others, and quarantine
last, within a split by the hash of the id, so in no order that the input chooses. A row leaves as
soon as one group has an earlier row like it; so of a chain of duplicates the first always stays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from museline_components.curate import batches, keys
from museline_components.curate.config import Deduplication

STEP = "deduplicate"
REASONS = ("same task", "same prompt", "same prompt with another answer", "nearly the same prompt")
"""Of several, the first is given."""
TASK, PROMPT, ALIKE, NEAR = 0, 1, 2, 3
PRECEDENCE = ("evaluation", "validation", "train", "quarantine")
COMPARED_WITH = 32
"""In a bucket, each row is compared with this many rows before it."""

ENTRIES = pa.schema(
    [
        ("shard", pa.int32()),
        ("kind", pa.int8()),
        ("key", pa.uint64()),
        ("rank", pa.uint64()),
        ("row", pa.int64()),
        ("answer", pa.uint64()),
        ("signature", pa.binary()),
    ]
)
DUPLICATES = pa.schema([("row", pa.int64()), ("reason", pa.int8())])


def entries(table: Any, config: Deduplication, shards: int) -> Any:
    """The entries of the rows that are kept so far; a key's `shard` is its remainder."""
    kind, key, source, signature = _keys(table, config)
    rows = table["row"].to_numpy()
    answers = [batches.hash64(keys.normalise(each)) for each in table["answer"].to_pylist()]
    ranks = np.array(
        [
            PRECEDENCE.index(split) << 61 | batches.hash64(identity) >> 3
            for identity, split in zip(
                table["id"].to_pylist(), table["split"].to_pylist(), strict=True
            )
        ],
        np.uint64,
    )
    chosen = np.array(source, np.int64)
    key_array = np.array(key, np.uint64)
    columns = [
        pa.array((key_array % np.uint64(shards)).astype(np.int32)),
        pa.array(kind, pa.int8()),
        pa.array(key_array),
        pa.array(ranks[chosen] if len(chosen) else np.empty(0, np.uint64)),
        pa.array(rows[chosen] if len(chosen) else np.empty(0, np.int64)),
        pa.array(np.array(answers, np.uint64)[chosen] if len(chosen) else [], pa.uint64()),
        pa.array(signature, pa.binary()),
    ]
    return pa.Table.from_arrays(columns, schema=ENTRIES)


def _keys(
    table: Any, config: Deduplication
) -> tuple[list[int], list[int], list[int], list[bytes | None]]:
    """Per entry: its kind, its key, the index of its row, and its signature."""
    kinds: list[int] = []
    found: list[int] = []
    source: list[int] = []
    signature: list[bytes | None] = []
    compared: list[tuple[int, int, set[bytes]]] = []

    def add(kind: int, key: int, index: int, shortened: bytes | None = None) -> None:
        kinds.append(kind)
        found.append(key)
        source.append(index)
        signature.append(shortened)

    names = ("family", "parameters", "prompt", "answer", "image", "entity", "event_time")
    columns = (table[name].to_pylist() for name in names)
    for index, (keep, row) in enumerate(
        zip(batches.kept(table), zip(*columns, strict=True), strict=True)
    ):
        if not keep:
            continue
        family, parameters, prompt, answer, *rest = row
        about = keys.subject(*rest)
        add(PROMPT, keys.prompt_key(prompt, about), index)
        task = keys.task_key(family, parameters, about)
        if task is not None:
            add(TASK, task, index)
            continue
        add(ALIKE, keys.alike_key(prompt, answer, about), index)
        if len(prompt) < config.minimum_length:
            continue
        shingles = keys.shingles(prompt, config.characters)
        if keys.worth_comparing(len(shingles), config.threshold):
            compared.append((index, keys.context_key(family, prompt, answer, about), shingles))
    made = keys.signatures((each for _, _, each in compared), config.permutations)
    for (index, context, _), row_signature in zip(compared, made, strict=True):
        shortened = keys.low_bytes(row_signature)
        for key in keys.band_keys(row_signature, context):
            add(NEAR, key, index, shortened)
    return kinds, found, source, signature


def find_duplicates(group: Any, threshold: float) -> Any:
    """The rows of a shard of entries that are duplicates, each with the index of its reason."""
    if group.num_rows == 0:
        return DUPLICATES.empty_table()
    kind, key = group["kind"].to_numpy(), group["key"].to_numpy()
    order = np.lexsort((group["row"].to_numpy(), group["rank"].to_numpy(), key, kind))
    kind, key = kind[order], key[order]
    row, answer = group["row"].to_numpy()[order], group["answer"].to_numpy()[order]
    starts = np.concatenate(([True], (key[1:] != key[:-1]) | (kind[1:] != kind[:-1])))
    first = np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    later = ~starts
    reason: Any = np.full(len(key), -1, np.int8)
    reason[later & (kind == TASK)] = 0
    reason[later & (kind == PROMPT)] = np.where(answer == answer[first], 1, 2)[
        later & (kind == PROMPT)
    ]
    reason[later & (kind == ALIKE)] = 3
    near = np.flatnonzero(kind == NEAR)  # the last ones, since the kind is the first sort key
    if len(near):
        signatures = _matrix(group["signature"].take(pa.array(order[near])))
        for at in np.flatnonzero(later[near]):
            start = int(first[near[at]] - near[0])
            before = signatures[start : min(int(at), start + COMPARED_WITH)]
            if (keys.similarities(signatures[at], before) >= threshold).any():
                reason[near[at]] = 3
    duplicate = reason >= 0
    return pa.table({"row": row[duplicate], "reason": reason[duplicate]}, schema=DUPLICATES)


def _matrix(signatures: Any) -> Any:
    """Shortened signatures of equal length as an array [rows, numbers]."""
    return np.frombuffer(b"".join(signatures.to_pylist()), np.uint8).reshape(len(signatures), -1)


def decisions(found: Any) -> tuple[Any, Any]:
    """The rows of all duplicates, ascending, and the reason of each (numpy arrays)."""
    rows, reasons = found["row"].to_numpy(), found["reason"].to_numpy()
    order = np.lexsort((reasons, rows))
    rows, first = np.unique(rows[order], return_index=True)
    return rows, reasons[order][first]


def mark(table: Any, rows: Any, reasons: Any) -> Any:
    """The batch with the rows that `decisions` names marked as dropped."""
    if len(rows) == 0 or table.num_rows == 0:
        return table
    numbers = table["row"].to_numpy()
    at = np.minimum(np.searchsorted(rows, numbers), len(rows) - 1)
    hit = rows[at] == numbers
    whys = [
        REASONS[int(reasons[index])] if found else None
        for index, found in zip(at, hit, strict=True)
    ]
    return batches.drop(table, STEP, whys)
