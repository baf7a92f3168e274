"""Harm, absolute. H0: the candidate's share of bad requests is at most the limit L.

The likelihood ratio of a share q > L against L, factor(q) = (q/L)^c ((1-q)/(1-L))^(n-c), has
mean 1 at L and less below it (each request's mean is linear and increasing in its probability).
Wald's likelihood ratio with a discrete prior on q; it also works at 100 %, where there is no
incumbent left to compare with.
"""

from __future__ import annotations

import math

from museline_serving.rollout.evidence.counts import Counts

FOLDS = (1.5, 2.0, 4.0, 8.0)
WEIGHTS = (0.25, 0.25, 0.25, 0.25)


def log_factors(counts: Counts, limit: float) -> tuple[float, ...]:
    """The logs of one interval's factors, one per alternative share above `limit`."""
    good = counts.candidate - counts.candidate_bad
    factors = []
    for fold in FOLDS:
        share = min(fold * limit, (1 + limit) / 2)
        factors.append(
            counts.candidate_bad * math.log(share / limit)
            + good * math.log((1 - share) / (1 - limit))
        )
    return tuple(factors)
