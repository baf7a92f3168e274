"""Cards: small immutable documents that say what a stage's files are. Lineage is their chain."""

from museline.cards.base import CARD_FILE, Card, CardReference, Interval, read_card
from museline.cards.dataset import Change, DatasetCard, Dropped, ExpectationResult, Validation
from museline.cards.evaluation import EvaluationCard, PairedTest, SuiteScore
from museline.cards.model import ModelCard
from museline.cards.rollout import RolloutDecision, RolloutRecord
from museline.cards.safety import HazardRate, SafetyCard
from museline.cards.training import LossPoint, TrainingCard

__all__ = [
    "CARD_FILE",
    "Card",
    "CardReference",
    "Change",
    "DatasetCard",
    "Dropped",
    "EvaluationCard",
    "ExpectationResult",
    "HazardRate",
    "Interval",
    "LossPoint",
    "ModelCard",
    "PairedTest",
    "RolloutDecision",
    "RolloutRecord",
    "SafetyCard",
    "SuiteScore",
    "TrainingCard",
    "Validation",
    "read_card",
]
