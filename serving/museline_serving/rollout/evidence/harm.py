"""Harm, relative to the incumbent. H0: the candidate's share of bad requests is no greater.

Of the k = c + s bad requests of an interval, c are the candidate's. Under H0 with equal rates and
n_c and n_s requests, c given k is binomial with p0 = n_c / (n_c + n_s) for Poisson counts, and for
single requests hypergeometric, which is no more spread out: the mean of the convex function of c
below is no greater (Hoeffding 1963, section 6). With a rate ratio r the share is
p1 = r n_c / (r n_c + n_s), so that

    factor(r) = (p1/p0)^c ((1-p1)/(1-p0))^s

has mean at most 1 under H0 in every interval, whatever the load and the weights were in it: nothing
but the split of that very interval enters. The product over intervals is an e-process; the mixture
over the fixed grid of ratios too (the conditional binomial test of Lindon & Malek 2022,
arXiv 2011.03567, with a discrete prior on ratios above 1 in place of a truncated beta).
By Ville's inequality it ever reaches 1/alpha with probability at most alpha.
"""

from __future__ import annotations

import math

from museline_serving.rollout.evidence.counts import Counts

RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
WEIGHTS = (0.1, 0.1, 0.1, 0.1, 0.15, 0.15, 0.15, 0.15)


def log_factors(counts: Counts) -> tuple[float, ...]:
    """The logs of one interval's factors, one per ratio of the grid.

    An interval in which only one side had requests compares nothing: its factors are 1.
    """
    if counts.candidate <= 0 or counts.incumbent <= 0:
        return (0.0,) * len(RATIOS)
    bad, bad_incumbent = counts.candidate_bad, counts.incumbent_bad
    whole = counts.candidate + counts.incumbent
    factors = []
    for ratio in RATIOS:
        tilted = ratio * counts.candidate + counts.incumbent
        shrink = math.log(whole) - math.log(tilted)
        factors.append(bad * (math.log(ratio) + shrink) + bad_incumbent * shrink)
    return tuple(factors)
