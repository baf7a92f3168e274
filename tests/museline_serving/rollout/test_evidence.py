"""The tests of the evidence against brute force: every outcome of small intervals is summed up."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline_serving.rollout.evidence import Counts, Evidence, harm, limit, safety
from museline_serving.rollout.evidence.mixture import log_mixture, log_sum_exp
from museline_serving.rollout.plan import Metric

ERRORS = Metric(name="errors", kind="errors", margin=0.05, objective=0.02, limit=0.1)


def binomial(count: int, total: int, share: float) -> float:
    return math.comb(total, count) * share**count * (1 - share) ** (total - count)


def mean_factor(
    candidate: int, incumbent: int, share: float, share_incumbent: float, log_factors
) -> list[float]:  # type: ignore[no-untyped-def]
    """The mean of each factor of the grid over all outcomes of one interval."""
    means: list[float] = []
    for bad, bad_incumbent in itertools.product(range(candidate + 1), range(incumbent + 1)):
        chance = binomial(bad, candidate, share) * binomial(
            bad_incumbent, incumbent, share_incumbent
        )
        factors = [math.exp(each) for each in log_factors(bad, bad_incumbent)]
        means = means or [0.0] * len(factors)
        means = [mean + chance * factor for mean, factor in zip(means, factors, strict=True)]
    return means


EXPOSURES = [(1, 1), (1, 7), (6, 2), (5, 5)]


@pytest.mark.parametrize(("candidate", "incumbent"), EXPOSURES)
@pytest.mark.parametrize(("share", "share_incumbent"), [(0.3, 0.3), (0.01, 0.01), (0.1, 0.4)])
def test_harm_has_mean_at_most_one_where_the_candidate_is_no_worse(
    candidate: int, incumbent: int, share: float, share_incumbent: float
) -> None:
    means = mean_factor(
        candidate,
        incumbent,
        share,
        share_incumbent,
        lambda bad, other: harm.log_factors(Counts(candidate, bad, incumbent, other)),
    )
    assert all(mean <= 1 + 1e-9 for mean in means)


def test_harm_is_the_likelihood_ratio_of_the_conditional_binomial() -> None:
    counts = Counts(candidate=20, candidate_bad=3, incumbent=80, incumbent_bad=2)
    for ratio, log_factor in zip(harm.RATIOS, harm.log_factors(counts), strict=True):
        one = ratio * 20 / (ratio * 20 + 80)
        brute = binomial(3, 5, one) / binomial(3, 5, 0.2)
        assert math.exp(log_factor) == pytest.approx(brute)


@pytest.mark.parametrize(("candidate", "incumbent"), [*EXPOSURES, (4, 0)])
@pytest.mark.parametrize("share_incumbent", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("beyond", [0.0, 0.1])
def test_safety_has_mean_at_most_one_where_the_candidate_is_worse_by_the_margin(
    candidate: int, incumbent: int, share_incumbent: float, beyond: float
) -> None:
    margin = 0.15
    means = mean_factor(
        candidate,
        incumbent,
        share_incumbent + margin + beyond,
        share_incumbent,
        lambda bad, other: safety.log_factors(Counts(candidate, bad, incumbent, other), margin),
    )
    assert all(mean <= 1 + 1e-9 for mean in means)
    if share_incumbent == beyond == 0:  # the bound is met, so that nothing is given away
        assert means == pytest.approx([1.0] * len(means))


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_limit_and_objective_have_mean_at_most_one_on_their_side(share: float) -> None:
    above = mean_factor(
        6, 0, share, 0.0, lambda bad, other: limit.log_factors(Counts(6, bad), limit=0.1)
    )
    below = mean_factor(
        6, 0, 0.1 + share, 0.0, lambda bad, _: safety.log_factors_objective(Counts(6, bad), 0.1)
    )
    assert all(mean <= 1 + 1e-9 for mean in above + below)


def test_an_interval_with_one_side_only_compares_nothing() -> None:
    assert set(harm.log_factors(Counts(candidate=9, candidate_bad=9))) == {0.0}
    assert set(harm.log_factors(Counts(incumbent=9, incumbent_bad=9))) == {0.0}


def test_bad_requests_speak_for_harm_and_good_ones_for_safety() -> None:
    bad = Evidence().update(ERRORS, Counts(100, 30, 400, 1))
    good = Evidence().update(ERRORS, Counts(400, 0, 400, 1))
    assert bad.log_harm > 20
    assert bad.log_limit > 5
    assert bad.log_safety(ERRORS) < -5
    assert good.log_harm < 0
    assert good.log_safety(ERRORS) > 10


def test_small_intervals_are_gathered_before_they_are_compared() -> None:
    pieces, whole = Evidence(), Evidence()
    for piece in (Counts(0, 0, 50, 9), Counts(1, 1, 2, 0), Counts(0, 0, 9, 1), Counts(7, 0, 9, 0)):
        pieces = pieces.update(ERRORS, piece)
    whole = whole.update(ERRORS, Counts(8, 1, 20, 1))  # the candidate had nothing before
    assert pieces.harm == whole.harm
    assert pieces.waiting == Counts()
    pending = pieces.update(ERRORS, Counts(3, 2, 3, 0))
    assert pending.harm == pieces.harm
    assert pending.closed().log_harm > pieces.log_harm
    assert pending.closed().waiting == Counts()


def test_no_overflow_at_a_billion_requests() -> None:
    counts = Counts(1e9, 5e8, 1e9, 1e5)
    evidence = Evidence()
    for _ in range(3):
        evidence = evidence.update(ERRORS, counts)
    values = (evidence.log_harm, evidence.log_limit, evidence.log_safety(ERRORS))
    assert all(math.isfinite(value) for value in values)
    assert evidence.log_harm > 1e8


counts = st.builds(
    lambda candidate, bad, incumbent, other: Counts(
        candidate, min(bad, candidate), incumbent, min(other, incumbent)
    ),
    *[st.integers(0, 1000)] * 4,
)


@given(st.lists(counts, max_size=8))
def test_the_state_comes_back_exactly(intervals: list[Counts]) -> None:
    evidence = Evidence()
    for interval in intervals:
        evidence = evidence.update(ERRORS, interval)
    content = json.loads(json.dumps(asdict(evidence)))
    for name in ("counts", "waiting"):
        content[name] = Counts(**content[name])
    again = Evidence(
        **{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in content.items()
        }
    )
    assert again == evidence


def test_mixtures_in_logs() -> None:
    assert log_sum_exp([]) == -math.inf
    assert log_sum_exp([-math.inf, 1000.0]) == 1000.0
    assert log_mixture([1e6, 0.0], [0.5, 0.5]) == pytest.approx(1e6 + math.log(0.5))


@pytest.mark.parametrize("module", [harm, limit, safety])
def test_the_weights_of_a_grid_sum_to_one(module: object) -> None:
    assert math.fsum(module.WEIGHTS) == pytest.approx(1.0)  # type: ignore[attr-defined]
