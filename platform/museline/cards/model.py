"""The card of a registered model."""

from __future__ import annotations

from typing import ClassVar

from museline.cards.base import Card
from museline.cards.evaluation import EvaluationCard
from museline.cards.safety import SafetyCard
from museline.cards.training import TrainingCard


class ModelCard(Card):
    """Everything that is known of a model; it travels in the signed folder with the weights.

    `files` maps the names of the folder's other files to their SHA-256 digests.
    """

    KIND: ClassVar[str] = "ModelCard"

    name: str
    version: str
    family: str
    size: str
    role: str
    """"incumbent" or "candidate" in the run that registered it."""
    run: str
    training: TrainingCard
    evaluation: EvaluationCard | None = None
    safety: SafetyCard | None = None
    files: dict[str, str]
