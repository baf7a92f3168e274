"""Mixtures in log space, with nothing but `math`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def log_sum_exp(values: Iterable[float]) -> float:
    """log(sum(exp(v))) without overflow; -inf for no values."""
    known = [value for value in values if value > -math.inf]
    if not known:
        return -math.inf
    top = max(known)
    return top + math.log(math.fsum(math.exp(value - top) for value in known))


def log_mixture(logs: Sequence[float], weights: Sequence[float]) -> float:
    """log of the weighted mean of e-values: an e-value again, since each has mean at most 1."""
    return log_sum_exp(
        log + math.log(weight) for log, weight in zip(logs, weights, strict=True) if weight > 0
    )


def add(left: Sequence[float], right: Sequence[float]) -> tuple[float, ...]:
    """The logs of the products, point by point of a grid."""
    return tuple(one + other for one, other in zip(left, right, strict=True))
