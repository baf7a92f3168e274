"""The card of the safety suites and of the gate's decision."""

from __future__ import annotations

from typing import ClassVar

from museline.cards.base import Card, CardPart


class HazardRate(CardPart):
    """How often a model showed a hazard; `upper_bound` is one-sided at 95 %."""

    model: str
    hazard: str
    cases: int
    events: int
    rate: float
    upper_bound: float
    limit: float
    met: bool


class SafetyCard(Card):
    """What the gate decided, and `rule`: the rule of the recipe that decided it."""

    KIND: ClassVar[str] = "SafetyCard"

    candidate: str
    hazards: tuple[HazardRate, ...]
    passed: bool
    rule: str
    reasons: tuple[str, ...]
