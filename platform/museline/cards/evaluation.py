"""The card of an evaluation: the candidate and the incumbent on the same cases."""

from __future__ import annotations

from typing import ClassVar

from museline.cards.base import Card, CardPart, Interval


class SuiteScore(CardPart):
    """Exact-match share of one model on one suite; `domain` or `modality` may be "all"."""

    model: str
    suite: str
    domain: str
    modality: str
    cases: int
    correct: int
    score: Interval


class PairedTest(CardPart):
    """Both models on the same cases of a suite (McNemar's exact test).

    `difference` is candidate minus incumbent; `p_value` is two-sided.
    """

    suite: str
    cases: int
    both_right: int
    only_candidate: int
    only_incumbent: int
    both_wrong: int
    difference: Interval
    p_value: float


class EvaluationCard(Card):
    """Scores of both models. `flops` maps a model's name to what its training cost.

    `parents`: the data, then the training cards of the candidate and of the incumbent.
    """

    KIND: ClassVar[str] = "EvaluationCard"

    candidate: str
    incumbent: str
    scores: tuple[SuiteScore, ...]
    paired: tuple[PairedTest, ...]
    flops: dict[str, float]
    milliseconds_per_token: dict[str, float] = {}
