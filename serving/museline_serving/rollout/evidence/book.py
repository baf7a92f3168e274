"""The evidence of a whole rollout: one entry per metric and surface, and how they combine.

**Harm.** Every test's e-process has mean at most 1 while the candidate is no worse anywhere, and so
has their mean weighted by `share` (the shares sum to 1). It is compared with 1/alpha: the promise
is one for the whole rollout, over all metrics, waves, surfaces, steps and looks.

**Safety.** A wave advances when for *every* metric the wave's safety e-process is at 1/beta. A wave
that is worse by the margin in one metric is stopped by that metric's test (an intersection-union
test: Berger 1982), and no later wave begins before it, so that beta too is a promise for the whole
rollout without being divided.

Over the surfaces of a wave the logs are added point by point of the grid before the mixture is
taken: the product of e-processes of different requests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from museline_serving.rollout.evidence import harm, limit, safety
from museline_serving.rollout.evidence.counts import Counts
from museline_serving.rollout.evidence.mixture import add, log_mixture, log_sum_exp
from museline_serving.rollout.plan import Metric, RolloutPlan, Wave

RELATIVE_SHARE = 0.75
"""The part of alpha for the comparison with the incumbent where a metric also has a limit."""


NOTHING = Counts()
BLOCK = 8
"""Intervals are gathered until both sides have so many requests before they are compared: of a bad
request among two, one of each side, nothing can be learnt. When a block ends depends on how many
requests there were, not on which were bad, so that its mean is at most 1 as an interval's is."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one metric on one surface. All but counts are logs over a fixed grid."""

    counts: Counts = NOTHING
    waiting: Counts = NOTHING
    """What is not compared yet: less than a block."""
    harm: tuple[float, ...] = (0.0,) * len(harm.RATIOS)
    limit: tuple[float, ...] = (0.0,) * len(limit.FOLDS)
    margin: tuple[float, ...] = (0.0,) * len(safety.FRACTIONS)
    objective: tuple[float, ...] = (0.0,) * len(safety.FRACTIONS)

    def update(self, metric: Metric, counts: Counts) -> Evidence:
        """With one more interval. The work does not depend on how much came before."""
        beyond, within = metric.limit, metric.objective
        begun = counts.candidate > 0 or self.waiting.candidate > 0
        waiting = self.waiting + counts if begun else NOTHING
        full = min(waiting.candidate, waiting.incumbent) >= BLOCK
        return Evidence(
            counts=self.counts + counts,
            waiting=NOTHING if full else waiting,
            harm=add(self.harm, harm.log_factors(waiting)) if full else self.harm,
            limit=add(self.limit, limit.log_factors(counts, beyond)) if beyond else self.limit,
            margin=add(self.margin, safety.log_factors(counts, metric.margin)),
            objective=add(self.objective, safety.log_factors_objective(counts, within))
            if within
            else self.objective,
        )

    def closed(self) -> Evidence:
        """With what waits compared: different weights never share a block."""
        return replace(self, waiting=NOTHING, harm=add(self.harm, harm.log_factors(self.waiting)))

    def __add__(self, other: Evidence) -> Evidence:
        """The evidence of both together; they must come from different requests."""
        return Evidence(
            counts=self.counts + other.counts,
            harm=add(self.harm, other.harm),
            limit=add(self.limit, other.limit),
            margin=add(self.margin, other.margin),
            objective=add(self.objective, other.objective),
        )

    @property
    def log_harm(self) -> float:
        return log_mixture(self.harm, harm.WEIGHTS)

    @property
    def log_limit(self) -> float:
        return log_mixture(self.limit, limit.WEIGHTS)

    def log_safety(self, metric: Metric) -> float:
        """H0: worse than the margin and, where there is an objective, not below that either."""
        margin = log_mixture(self.margin, safety.WEIGHTS)
        if metric.objective is None:
            return margin
        objective = log_mixture(self.objective, safety.WEIGHTS)
        return log_sum_exp((margin, objective)) - math.log(2)


Book = Mapping[str, Evidence]


def key(metric: str, surface: str) -> str:
    return f"{metric}/{surface}"


def combined(book: Book, metric: Metric, wave: Wave) -> Evidence:
    """The evidence of a metric over the surfaces of a wave."""
    whole = Evidence()
    for surface in wave.surfaces:
        if found := book.get(key(metric.name, surface)):
            whole = whole + found
    return whole


@dataclass(frozen=True, slots=True)
class HarmTest:
    """One of the tests whose weighted mean decides on harm."""

    metric: str
    kind: str
    """`relative` to the incumbent, or the absolute `limit`."""
    wave: str
    scope: str
    """A surface, or `all` of the wave."""
    log_e: float
    share: float
    counts: Counts


def harm_tests(plan: RolloutPlan, book: Book) -> list[HarmTest]:
    """All tests of harm with their shares of alpha, which sum to 1.

    Metrics and waves share alike; a wave's half goes to its surfaces together, the other half to
    each alone, so that one broken surface is seen as well as many slightly broken ones.
    """
    tests = []
    base = 1.0 / (len(plan.analysis.metrics) * len(plan.waves))
    for wave in plan.waves:
        alone = len(wave.surfaces) > 1
        for metric in plan.analysis.metrics:
            scopes = [("all", combined(book, metric, wave), 0.5 if alone else 1.0)]
            for surface in wave.surfaces if alone else ():
                one = book.get(key(metric.name, surface), Evidence())
                scopes.append((surface, one, 0.5 / len(wave.surfaces)))
            relative = RELATIVE_SHARE if metric.limit else 1.0
            for scope, evidence, part in scopes:
                kinds = [("relative", evidence.log_harm, relative)]
                if metric.limit:
                    kinds.append(("limit", evidence.log_limit, 1 - relative))
                tests += [
                    HarmTest(
                        metric=metric.name,
                        kind=kind,
                        wave=wave.name,
                        scope=scope,
                        log_e=log_e,
                        share=base * part * share,
                        counts=evidence.counts,
                    )
                    for kind, log_e, share in kinds
                ]
    return tests


def log_harm(tests: list[HarmTest]) -> float:
    """The log of the one e-process of harm; at log(1/alpha) the candidate does harm."""
    return log_sum_exp(test.log_e + math.log(test.share) for test in tests)


def worst(tests: list[HarmTest]) -> HarmTest:
    """The test that says most for harm."""
    return max(tests, key=lambda test: test.log_e + math.log(test.share))


def log_safety(plan: RolloutPlan, book: Book, wave: Wave) -> dict[str, float]:
    """For each metric the log of the wave's e-process of safety; to be compared with 1/beta."""
    return {
        metric.name: combined(book, metric, wave).log_safety(metric)
        for metric in plan.analysis.metrics
    }
