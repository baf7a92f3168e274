"""Choosing the next token from logits."""

from __future__ import annotations

from typing import Any

import numpy

from museline_serving.predictor.generation import Sampling


def choose(
    logits: numpy.ndarray[Any, Any], sampling: Sampling, random: numpy.random.Generator
) -> int:
    """The next token from `logits` [vocabulary].

    Temperature divides the logits; nucleus sampling (Holtzman et al. 2020) then keeps the
    likeliest tokens whose probabilities reach `top_p` together, at least one.
    """
    if sampling.temperature == 0:
        return int(numpy.argmax(logits))
    scaled = (logits.astype(numpy.float64) - logits.max()) / sampling.temperature
    order = numpy.argsort(-scaled, kind="stable")
    probabilities = numpy.exp(scaled[order])
    cumulative = numpy.cumsum(probabilities / probabilities.sum())
    kept = min(int(numpy.searchsorted(cumulative, sampling.top_p)) + 1, len(cumulative))
    drawn = random.random() * cumulative[kept - 1]
    return int(order[min(int(numpy.searchsorted(cumulative, drawn, side="right")), kept - 1)])
