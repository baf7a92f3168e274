"""Counters as they really are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline_serving.rollout.evidence import Tally, advance


def count(*readings: Tally) -> tuple[float, float]:
    """All that was counted over the readings."""
    last, total, bad = None, 0.0, 0.0
    for reading in readings:
        last, more, worse = advance(last, reading)
        total, bad = total + more, bad + worse
    return total, bad


def test_differences_are_counted() -> None:
    assert count(Tally(10, 1, 1), Tally(15, 2, 2), Tally(15, 2, 3), Tally(40, 2, 4)) == (30, 1)


def test_the_first_value_is_where_counting_begins() -> None:
    assert count(Tally(1000, 100, 1)) == (0, 0)


def test_a_duplicate_counts_nothing() -> None:
    assert count(Tally(0, 0, 1), Tally(5, 1, 2), Tally(5, 1, 2), Tally(5, 1, 3)) == (5, 1)


def test_late_and_out_of_order_readings_count_nothing() -> None:
    assert count(Tally(0, 0, 1), Tally(5, 1, 3), Tally(3, 0, 2), Tally(8, 1, 4)) == (8, 1)


def test_a_missing_reading_is_covered_by_the_next() -> None:
    assert count(Tally(0, 0, 1), Tally(9, 2, 5)) == (9, 2)


def test_a_reset_counts_what_came_after_it() -> None:
    assert count(Tally(0, 0, 1), Tally(100, 10, 2), Tally(4, 1, 3), Tally(6, 1, 4)) == (106, 11)


def test_a_reset_is_seen_by_the_bad_ones_too() -> None:
    assert count(Tally(0, 0, 1), Tally(10, 8, 2), Tally(12, 1, 3)) == (22, 9)


@pytest.mark.parametrize(
    "broken",
    [
        Tally(math.nan, 0, 2),
        Tally(5, math.nan, 2),
        Tally(math.inf, 0, 2),
        Tally(5, -1, 2),
        Tally(5, 6, 2),
        Tally(5, 1, math.nan),
    ],
)
def test_what_is_not_a_reading_counts_nothing_and_loses_nothing(broken: Tally) -> None:
    assert count(Tally(0, 0, 1), broken, Tally(7, 2, 3)) == (7, 2)


def test_more_bad_than_new_waits_for_the_next_reading() -> None:
    assert count(Tally(10, 0, 1), Tally(11, 3, 2), Tally(15, 3, 3)) == (5, 3)


intervals = st.tuples(st.integers(0, 50), st.integers(0, 50))
troubles = st.sampled_from(["none", "duplicate", "missing", "not a number", "late"])


@given(st.lists(st.tuples(intervals, troubles), max_size=30))
def test_every_request_is_counted_once(stream: list[tuple[tuple[int, int], str]]) -> None:
    total = bad = 0
    readings = [Tally(0, 0, 0)]
    for index, ((good, worse), trouble) in enumerate(stream, start=1):
        total, bad = total + good + worse, bad + worse
        reading = Tally(total, bad, index)
        readings += {
            "none": [reading],
            "duplicate": [reading, reading],
            "missing": [],
            "not a number": [Tally(math.nan, bad, index)],
            "late": [reading, readings[0]],
        }[trouble]
    readings.append(Tally(total, bad, len(stream) + 1))
    assert count(*readings) == (total, bad)
