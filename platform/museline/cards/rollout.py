"""The record of a release: each decision with its evidence."""

from __future__ import annotations

import datetime
from typing import ClassVar

from museline.cards.base import Card, CardPart


class RolloutDecision(CardPart):
    """One decision of the engine or of a person.

    `weights`: the candidate's percentage per surface.
    """

    time: datetime.datetime
    decision: str
    reason: str
    actor: str
    weights: dict[str, int]
    evidence: dict[str, float] = {}


class RolloutRecord(Card):
    """A whole release, from its start to its end."""

    KIND: ClassVar[str] = "RolloutRecord"

    name: str
    incumbent: str
    candidate: str
    outcome: str
    decisions: tuple[RolloutDecision, ...]
    requests: dict[str, int]
    errors: dict[str, int]
    measures: dict[str, float] = {}
    """What was measured at the users' side, such as platform_failed_requests."""
    started_at: datetime.datetime
    ended_at: datetime.datetime
