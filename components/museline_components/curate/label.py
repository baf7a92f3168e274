"""Label: the solver's answer against the given one."""

from __future__ import annotations

from typing import Any

from museline.errors import MuselineError
from museline.tasks import FAMILIES, check_answer, solve
from museline_components.curate import batches
from museline_components.curate.config import Labelling

STEP = "label"
BROKEN_PARAMETERS = (ValueError, TypeError, LookupError, ArithmeticError, MuselineError)
"""What a solver raises for parameters that it cannot work with."""


def label(table: Any, config: Labelling) -> Any:
    """The batch with true answers where a solver exists.

    A wrong answer is corrected or dropped, as configured; an example that its solver cannot solve
    is marked `unsolvable`. Examples of families without a solver keep their answers.
    """
    families, keep = table["family"].to_pylist(), batches.kept(table)
    chosen = [
        index
        for index, (family, kept) in enumerate(zip(families, keep, strict=True))
        if kept and family in FAMILIES
    ]
    if not chosen:
        return table
    answers, unsolvable = table["answer"].to_pylist(), table["unsolvable"].to_pylist()
    reasons: list[str | None] = [None] * len(answers)
    changes: list[list[str]] = [[] for _ in answers]
    for index, example in zip(chosen, batches.examples(table, chosen), strict=True):
        try:
            true = solve(example)
            right = check_answer(example, example.answer)
        except BROKEN_PARAMETERS:
            unsolvable[index] = True
            continue
        if right:
            continue
        if config.on_wrong_label == "drop":
            reasons[index] = "wrong answer"
        else:
            answers[index] = true
            changes[index].append("answer corrected")
    table = batches.with_column(table, "answer", answers)
    table = batches.with_column(table, "unsolvable", unsolvable)
    return batches.drop(batches.add_changes(table, STEP, changes), STEP, reasons)
