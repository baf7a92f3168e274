"""The card of a training run."""

from __future__ import annotations

from typing import ClassVar

from museline.cards.base import Card, CardPart


class LossPoint(CardPart):
    """One point of the loss curve: `flops` and `tokens` are totals since the start."""

    step: int
    loss: float
    flops: float
    tokens: int
    validation_loss: float | None = None


class TrainingCard(Card):
    """Says how a checkpoint came to be. `flops` counts forward and backward of all workers."""

    KIND: ClassVar[str] = "TrainingCard"

    name: str
    family: str
    size: str
    recipe: dict[str, object]
    parameters: int
    active_parameters: int
    steps: int
    tokens: int
    flops: float
    loss_curve: tuple[LossPoint, ...]
    final_loss: float
    workers: int
    hardware: str
    tokens_per_second: float
    seconds: float
    resumed_from_step: int | None = None
    seed: int
    checkpoint: str = "checkpoint"
    """The `save_pretrained` folder, relative to the card's folder."""
    checkpoint_digest: str
