"""Intervals against published values, tests against brute force."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museline_components.evaluate.statistics import paired_difference, paired_test, wilson


@pytest.mark.parametrize(
    ("correct", "cases", "low", "high"),
    [
        # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(
    correct: int, cases: int, low: float, high: float
) -> None:
    found = wilson(correct, cases)
    assert found.value == correct / cases
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_wilson_without_cases_knows_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def brute_force_mcnemar(only_candidate: int, only_incumbent: int) -> float:
    """The share of all ways to toss the discordant cases that are at least as one-sided."""
    discordant = only_candidate + only_incumbent
    seen = abs(only_candidate - only_incumbent)
    extreme = sum(
        1
        for tosses in itertools.product((0, 1), repeat=discordant)
        if abs(2 * sum(tosses) - discordant) >= seen
    )
    return extreme / 2**discordant


@pytest.mark.parametrize(
    ("only_candidate", "only_incumbent"),
    [(0, 0), (0, 1), (1, 0), (3, 3), (6, 1), (1, 9), (10, 0), (7, 4)],
)
def test_the_paired_test_counts_the_tosses(only_candidate: int, only_incumbent: int) -> None:
    candidate = [True] * only_candidate + [False] * only_incumbent + [True, True, False]
    incumbent = [False] * only_candidate + [True] * only_incumbent + [True, True, False]
    found = paired_test("all", candidate, incumbent)
    assert (found.only_candidate, found.only_incumbent) == (only_candidate, only_incumbent)
    assert (found.both_right, found.both_wrong) == (2, 1)
    assert found.p_value == pytest.approx(brute_force_mcnemar(only_candidate, only_incumbent))


def test_marks_of_different_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="2 marks against 1"):
        paired_test("all", [True, False], [True])


def test_the_difference_of_a_published_table() -> None:
    # Agresti, Categorical Data Analysis: approval 944 and 880 of 1,600; 150 and 86 changed sides.
    # Wald gives -0.0587 to -0.0213; half a case per cell moves it by little at this size.
    found = paired_difference(only_candidate=86, only_incumbent=150, cases=1600)
    assert found.value == pytest.approx(-0.04)
    assert found.low == pytest.approx(-0.0587, abs=3e-4)
    assert found.high == pytest.approx(-0.0213, abs=3e-4)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_difference_is_inside_and_turns_with_the_sides(gain: int, loss: int, rest: int) -> None:
    cases = gain + loss + rest
    found, turned = paired_difference(gain, loss, cases), paired_difference(loss, gain, cases)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.high > found.low
    assert turned.low == pytest.approx(-found.high)
    assert turned.high == pytest.approx(-found.low)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([(0.1, 0.1), (0.2, 0.1), (0.3, 0.05), (0.15, 0.25)]))
def test_the_difference_covers_the_truth(cells: tuple[float, float]) -> None:
    """All outcomes of 40 cases, each with its probability: the share whose interval holds the
    truth is near 95 %."""
    gain, loss, cases = *cells, 40
    covered = 0.0
    for first in range(cases + 1):
        for second in range(cases + 1 - first):
            rest = cases - first - second
            ways = math.comb(cases, first) * math.comb(cases - first, second)
            probability = ways * gain**first * loss**second * (1 - gain - loss) ** rest
            found = paired_difference(first, second, cases)
            covered += probability * (found.low <= gain - loss <= found.high)
    assert 0.935 <= covered <= 0.985
