"""Other tools' rules on a stream."""

from __future__ import annotations

import pytest

from museline_serving.rollout.baselines import (
    ARGO,
    FLAGGER,
    Observed,
    compare,
    extra_errors,
    replay,
)

BEFORE = [Observed(0, 0, 100, 1)] * 5
STREAM = [*BEFORE, *[Observed(5, 1, 95, 1)] * 10, *BEFORE]
"""10 s in which a fifth of the candidate's 50 requests fail, against 1 % or so elsewhere."""


def test_extra_errors_leave_out_what_the_incumbent_would_have_done() -> None:
    assert extra_errors(STREAM) == pytest.approx(10 - 50 * 20 / 1950)


def test_rules_go_on_at_the_rates_that_were_seen() -> None:
    active = STREAM[5:15]
    assert replay(STREAM, FLAGGER) == pytest.approx(12 * extra_errors(active))
    assert replay(STREAM, ARGO) == pytest.approx(90 * extra_errors(active))


def test_a_stream_that_is_long_enough_is_taken_as_it_was() -> None:
    long = [Observed(10, 1, 90, 0)] * 500
    assert replay(long, FLAGGER) == pytest.approx(120.0)


def test_a_rule_that_sees_nothing_never_rolls_back() -> None:
    mild = [Observed(100, 3, 900, 0)] * 60
    assert replay(mild, ARGO) is None
    assert set(compare(mild)) == {"sabotage_extra_errors", "flagger_extra_errors"}
    assert replay([Observed(0, 0, 100, 0)], FLAGGER) is None
