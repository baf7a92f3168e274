"""Decontaminate: nothing in train or validation may give an evaluation case away.

A row gives a case away when
- it is the same task (family and parameters), the same prompt, or the same words with the same
  answer, about the same scan and entity; or
- its text holds every word n-gram of the case's own; for a long case the configured share of them,
  with the same numbers and the same answer, is enough.

The second test leaves out what is no evidence: n-grams that many cases share (a template's), cases
with too few n-grams of their own, images and tables (their words are only half of the question),
and rows of the case's own family when that has a solver (there, the parameters are the task).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from museline.tasks import FAMILIES
from museline_components.curate import batches, keys
from museline_components.curate.config import Decontamination

STEP = "decontaminate"
CASES = pa.schema(
    [
        ("row", pa.int64()),
        ("task", pa.uint64()),
        ("prompt", pa.uint64()),
        ("alike", pa.uint64()),
        ("family", pa.uint64()),
        ("numbers", pa.uint64()),
        ("answer", pa.uint64()),
        ("ngrams", pa.list_(pa.uint64())),
    ]
)

WHOLE = ("task", "prompt", "alike")
"""The columns that speak of a whole case; their hashes are of one kind each, and never mixed up."""


def cases(table: Any, config: Decontamination, split: str | None = "evaluation") -> Any:
    """What the kept rows of `split` (None: of all but evaluation and quarantine) ask, as hashes."""
    names = ("row", "family", "parameters", "prompt", "answer", "image", "entity", "event_time")
    columns = [table[name].to_pylist() for name in names]
    wanted = ("evaluation",) if split else ("train", "validation")
    rows = []
    for keep, given, row in zip(
        batches.kept(table), table["split"].to_pylist(), zip(*columns, strict=True), strict=True
    ):
        if not keep or given not in wanted:
            continue
        number, family, parameters, prompt, answer, *rest = row
        about = keys.subject(*rest)
        text_only, solved = not any(about), family in FAMILIES
        rows.append(
            {
                "row": number,
                "task": keys.task_key(family, parameters, about),
                "prompt": keys.prompt_key(prompt, about),
                "alike": None if solved else keys.alike_key(prompt, answer, about),
                "family": batches.hash64(family) if solved else 0,
                "numbers": batches.hash64(keys.numbers(prompt)),
                "answer": batches.hash64(keys.normalise(answer).casefold()),
                "ngrams": keys.word_ngrams(prompt, config.words) if text_only else [],
            }
        )
    return pa.Table.from_pylist(rows, schema=CASES)


@dataclass(frozen=True)
class Sketch:
    """All evaluation cases as sorted arrays of 64-bit hashes: some hundred bytes per case.

    `same` (ascending): what equals a case as a whole. `grams` (ascending) with `owners`: an n-gram
    and the index of a case that has it. `own`: how many n-grams a case has there. `family` is 0
    for families without a solver.
    """

    same: Any
    grams: Any
    owners: Any
    own: Any
    family: Any
    numbers: Any
    answer: Any

    @classmethod
    def of(cls, table: Any, config: Decontamination) -> Sketch:
        """The sketch of a table of cases."""
        lists = table["ngrams"].combine_chunks()
        grams = lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64)
        lengths = np.diff(lists.offsets.to_numpy()) if len(lists) else np.empty(0, np.int64)
        owners: Any = np.repeat(np.arange(len(lists)), lengths)
        order = np.argsort(grams, kind="stable")
        grams, owners = grams[order], owners[order]
        _, inverse, count = np.unique(grams, return_inverse=True, return_counts=True)
        rare = count[inverse] <= config.template_limit if len(grams) else np.empty(0, bool)
        own = np.bincount(owners[rare], minlength=len(lists))
        strong = rare & (own[owners] >= config.minimum_ngrams)
        return cls(
            same=_without_zero(np.concatenate([_hashes(table, name) for name in WHOLE])),
            grams=grams[strong],
            owners=owners[strong],
            own=own,
            family=table["family"].to_numpy(),
            numbers=table["numbers"].to_numpy(),
            answer=table["answer"].to_numpy(),
        )


def decontaminate(table: Any, sketch: Sketch, config: Decontamination) -> Any:
    """The batch with the rows of train and validation that give a case away marked as dropped."""
    asked = cases(table, config, split=None)
    if asked.num_rows == 0:
        return table
    same = np.any([np.isin(_hashes(asked, name), sketch.same) for name in WHOLE], axis=0)
    overlapping = _overlapping(asked, sketch, config)
    reasons: dict[int, str] = {}
    for row, equal, overlaps in zip(asked["row"].to_pylist(), same, overlapping, strict=True):
        if equal:
            reasons[row] = "same as an evaluation case"
        elif overlaps:
            reasons[row] = "gives an evaluation case away"
    return batches.drop(table, STEP, [reasons.get(row) for row in table["row"].to_pylist()])


def _hashes(table: Any, name: str) -> Any:
    """A column of hashes; 0 stands for a missing one."""
    return table[name].fill_null(0).to_numpy()


def _without_zero(hashes: Any) -> Any:
    hashes = np.unique(hashes)
    return hashes[hashes != 0]


def _overlapping(asked: Any, sketch: Sketch, config: Decontamination) -> Any:
    """Per asked row, whether its n-grams give a case away."""
    result = np.zeros(asked.num_rows, bool)
    lists = asked["ngrams"].combine_chunks()
    grams = lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64)
    if len(grams) == 0 or len(sketch.grams) == 0:
        return result
    rows: Any = np.repeat(np.arange(len(lists)), np.diff(lists.offsets.to_numpy()))
    left = np.searchsorted(sketch.grams, grams, side="left")
    times = np.searchsorted(sketch.grams, grams, side="right") - left
    ends = np.cumsum(times)
    at = np.arange(ends[-1]) - np.repeat(ends - times, times) + np.repeat(left, times)
    pairs = np.stack([np.repeat(rows, times), sketch.owners[at]], axis=1)
    if len(pairs) == 0:
        return result
    pairs, shared = np.unique(pairs, axis=0, return_counts=True)
    row, case = pairs[:, 0], pairs[:, 1]
    share = shared / sketch.own[case]
    family = asked["family"].to_numpy()
    other_task = (family[row] == 0) | (family[row] != sketch.family[case])
    same = (asked["numbers"].to_numpy()[row] == sketch.numbers[case]) & (
        asked["answer"].to_numpy()[row] == sketch.answer[case]
    )
    long_case = sketch.own[case] >= config.long_case
    leaks = other_task & ((share >= 1) | ((share >= config.overlap) & same & long_case))
    result[row[leaks]] = True
    return result
