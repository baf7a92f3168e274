"""The error of a batch that failed its suite."""

from __future__ import annotations

import json
from collections.abc import Sequence

from museline.errors import DataError
from museline_components.validate.config import Configuration
from museline_components.validate.judge import Judgement, Verdict

TOLD = 10
"""So many failed expectations are told in full; the rest is counted."""


def failures(judgements: Sequence[Judgement]) -> list[Verdict]:
    return [each for judgement in judgements for each in judgement.verdicts if not each.result.met]


def failure(config: Configuration, judgements: Sequence[Judgement]) -> DataError:
    """The error that names each failed expectation, its column, its counts and its rows."""
    failed = failures(judgements)
    first = failed[0].result
    told = [line for each in failed[:TOLD] for line in describe(each)]
    if len(failed) > TOLD:
        told.append(f"... and {len(failed) - TOLD} more expectations, all in the Data Docs")
    noun = "expectation" if len(failed) == 1 else "expectations"
    subject = f" on {first.column}" if first.column else ""
    return DataError(
        f"the data fails {len(failed)} {noun} of the suite {config.suite}, "
        f"first {first.expectation}{subject}",
        value="\n    ".join(["", *told]),
    )


def describe(verdict: Verdict) -> list[str]:
    """One line with the counts, then one for each offending row."""
    result = verdict.result
    subject = f" on {result.column}" if result.column else ""
    where = f" where {verdict.condition}" if verdict.condition else ""
    why = f" ({verdict.detail})" if verdict.detail else ""
    head = (
        f"{verdict.batch}: {result.expectation}{subject}{where}: "
        f"{result.failing:,} of {result.rows:,} rows fail{why}"
    )
    return [head, *(f"  {json.dumps(row, ensure_ascii=False)}" for row in verdict.rows)]
