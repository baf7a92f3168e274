"""Anytime-valid evidence of harm and of safety, from counts alone and with nothing but `math`."""

from museline_serving.rollout.evidence.book import (
    Book,
    Evidence,
    HarmTest,
    combined,
    harm_tests,
    key,
    log_harm,
    log_safety,
    worst,
)
from museline_serving.rollout.evidence.counters import Tally, advance
from museline_serving.rollout.evidence.counts import Counts

__all__ = [
    "Book",
    "Counts",
    "Evidence",
    "HarmTest",
    "Tally",
    "advance",
    "combined",
    "harm_tests",
    "key",
    "log_harm",
    "log_safety",
    "worst",
]
