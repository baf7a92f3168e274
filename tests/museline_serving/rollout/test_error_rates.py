"""The promises themselves, by simulation: false rollbacks, false promotions, speed of detection.

The e-processes are computed for many streams at once; a test holds them to the scalar code.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from museline_serving.rollout.evidence import Counts, harm, limit, safety

ALPHA, BETA = 0.05, 0.05


def assert_rare(events: int, runs: int, promise: float) -> None:
    """That `events` of `runs` are no more than the promised probability explains: at the promise
    itself, this fails once in a thousand seeds."""
    assert events <= runs * promise + 3.1 * math.sqrt(runs * promise * (1 - promise))


def log_mean(logs: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    """Mixture over the last axis, without overflow."""
    top = logs.max(axis=-1, keepdims=True)
    return (top + np.log((np.exp(logs - top) * weights).sum(axis=-1, keepdims=True)))[..., 0]


def harm_logs(c, n_c, s, n_s):  # type: ignore[no-untyped-def]
    ratios = np.array(harm.RATIOS)
    shrink = np.log((n_c + n_s) / (ratios * n_c + n_s))
    return c[..., None] * (np.log(ratios) + shrink) + s[..., None] * shrink


def safety_logs(c, n_c, s, n_s, margin):  # type: ignore[no-untyped-def]
    fractions = np.array(safety.FRACTIONS)
    stakes = (1 - fractions) / (1 - fractions * margin)
    back = n_c / n_s * stakes / (1 - margin * stakes)
    return (
        c[..., None] * np.log1p(-stakes)
        + s[..., None] * np.log1p(back)
        - n_c * np.log1p(-margin * stakes)
    )


def limit_logs(c, n_c, bound):  # type: ignore[no-untyped-def]
    shares = np.minimum(np.array(limit.FOLDS) * bound, (1 + bound) / 2)
    return c[..., None] * np.log(shares / bound) + (n_c - c[..., None]) * np.log(
        (1 - shares) / (1 - bound)
    )


def streams(runs, looks, rate, weight, share, share_incumbent, seed=1):  # type: ignore[no-untyped-def]
    """Bad requests per look of both sides, and how many requests each has."""
    chance = np.random.default_rng(seed)
    n_c, n_s = round(rate * weight), round(rate * (1 - weight))
    share, share_incumbent = np.broadcast_to(share, looks), np.broadcast_to(share_incumbent, looks)
    c = chance.binomial(n_c, share, size=(runs, looks))
    s = chance.binomial(n_s, share_incumbent, size=(runs, looks))
    return c, n_c, s, n_s


def crossings(log_e: np.ndarray, bar: float) -> int:
    """How many streams are ever at the bar."""
    return int((log_e.max(axis=1) >= math.log(bar)).sum())


def cumulated(logs: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    return log_mean(np.cumsum(logs, axis=1), weights)


DAY = 0.02 * (1 + 0.8 * np.sin(np.linspace(0, 12, 300)))
BURSTS = np.where(np.arange(300) % 97 < 5, 0.3, 0.01)


def test_the_vectorised_code_is_the_scalar_code() -> None:
    c, n_c, s, n_s = streams(3, 4, 200, 0.2, 0.1, 0.05)
    for run in range(3):
        for look in range(4):
            counts = Counts(n_c, c[run, look], n_s, s[run, look])
            assert harm_logs(c, n_c, s, n_s)[run, look] == pytest.approx(harm.log_factors(counts))
            assert safety_logs(c, n_c, s, n_s, 0.05)[run, look] == pytest.approx(
                safety.log_factors(counts, 0.05)
            )
            assert limit_logs(c, n_c, 0.05)[run, look] == pytest.approx(
                limit.log_factors(counts, 0.05)
            )


@pytest.mark.parametrize("share", [0.01, 0.2, DAY, BURSTS], ids=["1%", "20%", "day", "bursts"])
@pytest.mark.parametrize("weight", [0.05, 0.5])
def test_false_rollbacks_stay_below_alpha(share: object, weight: float) -> None:
    """Both alike, looked at 300 times; load, daily cycles and bursts hit both."""
    runs = 1000
    c, n_c, s, n_s = streams(runs, 300, 100, weight, share, share)
    found = crossings(cumulated(harm_logs(c, n_c, s, n_s), harm.WEIGHTS), 1 / ALPHA)
    assert_rare(found, runs, ALPHA)


def test_false_alarms_of_the_limit_stay_below_alpha() -> None:
    runs = 1000
    c, n_c, _, _ = streams(runs, 300, 100, 0.2, 0.05, 0.0)
    found = crossings(cumulated(limit_logs(c, n_c, 0.05), limit.WEIGHTS), 1 / ALPHA)
    assert_rare(found, runs, ALPHA)


@pytest.mark.parametrize("base", [0.0, 0.01, DAY, BURSTS], ids=["0", "1%", "day", "bursts"])
@pytest.mark.parametrize("weight", [0.05, 0.2, 0.8])
def test_false_promotions_stay_below_beta(base: object, weight: float) -> None:
    """The candidate is worse by exactly the margin; the step would advance at any look."""
    runs, margin = 1000, 0.05
    c, n_c, s, n_s = streams(runs, 300, 100, weight, np.asarray(base) + margin, base)
    found = crossings(cumulated(safety_logs(c, n_c, s, n_s, margin), safety.WEIGHTS), 1 / BETA)
    assert_rare(found, runs, BETA)


def test_a_plain_test_at_every_look_would_not_hold() -> None:
    """The simulation can see what it is for: a z-test at each look breaks its promise."""
    c, n_c, s, n_s = streams(500, 300, 100, 0.5, 0.1, 0.1)
    bad, other = np.cumsum(c, axis=1), np.cumsum(s, axis=1)
    looks = np.arange(1, 301)
    pooled = (bad + other) / ((n_c + n_s) * looks)
    scale = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-9) * (1 / n_c + 1 / n_s) / looks)
    z = (bad / (n_c * looks) - other / (n_s * looks)) / scale
    assert (z.max(axis=1) > 1.645).mean() > 0.3


def extra_errors_until_caught(points: float, bar: float, seconds: int) -> np.ndarray:
    """Extra errors served at 100 requests a second, 1 % base errors, a 5 % canary, 5 s scrapes."""
    looks = seconds // 5
    c, n_c, s, n_s = streams(1000, looks, 500, 0.05, 0.01 + points, 0.01)
    caught = cumulated(harm_logs(c, n_c, s, n_s), harm.WEIGHTS) >= math.log(bar)
    assert caught.any(axis=1).mean() > 0.99
    return (caught.argmax(axis=1) + 1) * n_c * points


@pytest.mark.parametrize(
    ("points", "median", "tail"), [(0.10, 8, 20), (0.05, 12, 24), (0.02, 18, 36)]
)
def test_harm_is_caught_after_a_handful_of_extra_errors(
    points: float, median: float, tail: float
) -> None:
    """alpha 1 % spent over 28 tests, as in the published figures of comparable tests (mixture with
    a continuous prior: 7.5 / 15 for 10 points, 10 / 20 for 5, 17 / 35 for 2)."""
    extra = extra_errors_until_caught(points, bar=28 / 0.01, seconds=1500)
    assert np.median(extra) <= median
    assert np.quantile(extra, 0.95) <= tail
