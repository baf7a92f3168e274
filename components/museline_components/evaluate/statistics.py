"""Intervals and tests for shares of right answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from museline.cards import Interval, PairedTest
from museline.extras import require

CONFIDENCE = 0.95
NORMAL_QUANTILE = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


def wilson(correct: int, cases: int) -> Interval:
    """The share `correct / cases` with Wilson's 95 % score interval (Wilson 1927, without
    continuity correction). No cases: 0 with the interval from 0 to 1."""
    if cases == 0:
        return Interval(value=0.0, low=0.0, high=1.0)
    require("statsmodels", "the evaluation's intervals")
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(correct, cases, alpha=1 - CONFIDENCE, method="wilson")
    return Interval(value=correct / cases, low=float(low), high=float(high))


def paired_difference(only_candidate: int, only_incumbent: int, cases: int) -> Interval:
    """The candidate's share minus the incumbent's on the same cases, with a 95 % interval.

    Agresti and Min (2005), "Simple improved confidence intervals for comparing matched
    proportions", Statistics in Medicine 24: half a case is added to each cell of the 2x2 table
    before Wald's formula. Unlike Wald's, it has a width even when the models never differ.
    """
    if cases == 0:
        return Interval(value=0.0, low=-1.0, high=1.0)
    gained, lost, total = only_candidate + 0.5, only_incumbent + 0.5, cases + 2.0
    centre = (gained - lost) / total
    half = NORMAL_QUANTILE * math.sqrt(gained + lost - (gained - lost) ** 2 / total) / total
    return Interval(
        value=(only_candidate - only_incumbent) / cases,
        low=max(-1.0, centre - half),
        high=min(1.0, centre + half),
    )


def paired_test(suite: str, candidate: Sequence[bool], incumbent: Sequence[bool]) -> PairedTest:
    """Both models' marks on the same cases: McNemar's exact two-sided test (a binomial test of the
    cases that only one of them answered rightly) and the interval of the difference."""
    if len(candidate) != len(incumbent):
        raise ValueError(f"{len(candidate)} marks against {len(incumbent)}")
    require("statsmodels", "the evaluation's paired test")
    from statsmodels.stats.contingency_tables import mcnemar

    pairs = list(zip(candidate, incumbent, strict=True))
    both = sum(a and b for a, b in pairs)
    only_candidate = sum(a and not b for a, b in pairs)
    only_incumbent = sum(b and not a for a, b in pairs)
    neither = len(pairs) - both - only_candidate - only_incumbent
    p_value = 1.0
    if only_candidate + only_incumbent:
        table = [[both, only_candidate], [only_incumbent, neither]]
        p_value = min(1.0, float(mcnemar(table, exact=True).pvalue))
    return PairedTest(
        suite=suite,
        cases=len(pairs),
        both_right=both,
        only_candidate=only_candidate,
        only_incumbent=only_incumbent,
        both_wrong=neither,
        difference=paired_difference(only_candidate, only_incumbent, len(pairs)),
        p_value=p_value,
    )
