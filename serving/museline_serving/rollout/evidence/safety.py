"""Safety. H0: the candidate's share of bad requests is the incumbent's plus the margin m, or more.

For c of n_c and s of n_s bad requests in an interval, 0 < a < 1 and
b = (n_c/n_s) a / (1 - m a),

    factor(a) = (1-a)^c (1+b)^s (1 - m a)^(-n_c)

has mean at most 1 under H0. For independent requests with mean shares p and i
E[(1-a)^c] <= (1 - p a)^n_c and E[(1+b)^s] <= (1 + i b)^n_s (equal shares are the extreme case, by
the concavity of the logarithm), so that with p >= i + m

    log E[factor] <= n_c log(1 - (i+m) a) + n_s log(1 + i b) - n_c log(1 - m a) =: g(i),

g(0) = 0 and g'(i) = -n_c a/(1-(i+m)a) + n_s b/(1+i b) <= -n_c a/(1-ma) + n_s b = 0.
So nothing need be known of the incumbent's rate, and one that changes with time, for both alike,
does no damage. Each good request of the candidate earns -log(1 - m a), each bad one pays, and each
bad one of the incumbent gives back what the candidate may fail just as well.
With s = 0 this is Wald's likelihood ratio of the share m(1-a)/(1-ma) against m, which is the test
against a fixed objective.
"""

from __future__ import annotations

import math

from museline_serving.rollout.evidence.counts import Counts

FRACTIONS = (0.02, 0.15, 0.4, 0.7)
"""The candidate's excess over the incumbent, as parts of the margin, that the grid bets on."""
WEIGHTS = (0.5, 0.2, 0.15, 0.15)


def log_factors(counts: Counts, margin: float) -> tuple[float, ...]:
    """The logs of one interval's factors, one per bet of the grid."""
    factors = []
    for fraction in FRACTIONS:
        stake = (1 - fraction) / (1 - fraction * margin)
        keep = math.log1p(-margin * stake)
        value = counts.candidate_bad * math.log1p(-stake) - counts.candidate * keep
        if counts.incumbent > 0 and counts.candidate > 0:
            back = counts.candidate / counts.incumbent * stake / (1 - margin * stake)
            value += counts.incumbent_bad * math.log1p(back)
        factors.append(value)
    return tuple(factors)


def log_factors_objective(counts: Counts, objective: float) -> tuple[float, ...]:
    """The same for H0: the candidate's share is at least `objective`, without an incumbent."""
    alone = Counts(candidate=counts.candidate, candidate_bad=counts.candidate_bad)
    return log_factors(alone, objective)
