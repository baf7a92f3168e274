"""Which evaluation speaks of which models."""

from __future__ import annotations

from pathlib import Path

import pytest

from museline.cards import EvaluationCard, Interval, ModelCard, PairedTest, SuiteScore, TrainingCard
from museline.registry.comparison import pairing_of, standing_of, turned
from museline.registry.registry import RegisteredModel


def training(name: str) -> TrainingCard:
    return TrainingCard(
        name=name, family="llama4", size="pico", recipe={}, parameters=2, active_parameters=1,
        steps=1, tokens=1, flops=1e9, loss_curve=(), final_loss=1.0, workers=1, hardware="cpu",
        tokens_per_second=1.0, seconds=1.0, seed=0, checkpoint_digest=name,
    )  # fmt: skip


def score(model: str, correct: int) -> SuiteScore:
    value = Interval(value=correct / 10, low=0.0, high=1.0)
    return SuiteScore(
        model=model, suite="all", domain="all", modality="all", cases=10, correct=correct,
        score=value,
    )  # fmt: skip


TEST = PairedTest(
    suite="all", cases=10, both_right=4, only_candidate=3, only_incumbent=1, both_wrong=2,
    difference=Interval(value=0.2, low=-0.1, high=0.5), p_value=0.6,
)  # fmt: skip


def evaluation(candidate: str, incumbent: str) -> EvaluationCard:
    return EvaluationCard(
        parents=(training(candidate).reference(), training(incumbent).reference()),
        candidate=candidate, incumbent=incumbent,
        scores=(score(incumbent, 5), score(candidate, 7)), paired=(TEST,), flops={},
    )  # fmt: skip


def model(version: int, name: str, found: EvaluationCard | None = None) -> RegisteredModel:
    card = ModelCard(
        name=name, version="x", family="llama4", size="pico", role="candidate", run="r",
        training=training(name), evaluation=found, files={},
    )  # fmt: skip
    return RegisteredModel(card, version, Path(), ())


OLD = model(1, "llama-4")
NEW = model(2, "muse-spark", evaluation("muse-spark", "llama-4"))
THIRD = model(3, "muse-glimmer")


def test_an_incumbent_is_scored_by_its_challengers_evaluation() -> None:
    standing = standing_of(OLD, [OLD, NEW, THIRD])
    assert standing is not None
    assert (standing.role, standing.name) == ("incumbent", "llama-4")
    found = standing.score()
    assert found is not None
    assert found.correct == 5


def test_a_candidate_is_scored_by_its_own() -> None:
    standing = standing_of(NEW, [OLD, NEW])
    assert standing is not None
    assert standing.role == "candidate"
    assert standing.score("domain/none") is None


def test_a_model_of_the_same_name_but_other_training_is_not_meant() -> None:
    namesake = RegisteredModel(
        OLD.card.model_copy(update={"training": training("llama-4 retrained")}), 4, Path(), ()
    )
    assert standing_of(namesake, [OLD, NEW, namesake]) is None
    assert pairing_of(namesake, NEW, [OLD, NEW, namesake]) is None


def test_a_pairing_is_seen_from_either_side() -> None:
    known = [OLD, NEW, THIRD]
    pairing = pairing_of(OLD, NEW, known)
    assert pairing is not None
    assert pairing.tests == (TEST,)
    assert (pairing.first.name, pairing.second.name) == ("llama-4", "muse-spark")
    reverse = pairing_of(NEW, OLD, known)
    assert reverse is not None
    assert (reverse.first.name, reverse.second.name) == ("muse-spark", "llama-4")
    assert reverse.tests[0].difference.value == pytest.approx(-0.2)
    assert (reverse.tests[0].difference.low, reverse.tests[0].difference.high) == (-0.5, 0.1)
    assert (reverse.tests[0].only_candidate, reverse.tests[0].only_incumbent) == (1, 3)
    assert turned(turned(TEST)) == TEST


def test_models_that_never_met_have_no_pairing() -> None:
    assert pairing_of(OLD, THIRD, [OLD, NEW, THIRD]) is None
