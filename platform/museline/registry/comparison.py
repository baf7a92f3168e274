"""What the cards of several registered models say together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from museline.cards import (
    Card,
    CardReference,
    EvaluationCard,
    Interval,
    PairedTest,
    SuiteScore,
    TrainingCard,
)
from museline.registry.registry import RegisteredModel

Role = Literal["candidate", "incumbent"]


@dataclass(frozen=True)
class Standing:
    """An evaluation that a model took part in, and as what."""

    evaluation: EvaluationCard
    role: Role

    @property
    def name(self) -> str:
        """What the evaluation calls the model."""
        return str(getattr(self.evaluation, self.role))

    def scores(self) -> list[SuiteScore]:
        """The model's scores, suite by suite."""
        return [each for each in self.evaluation.scores if each.model == self.name]

    def score(self, suite: str = "all") -> SuiteScore | None:
        return next((each for each in self.scores() if each.suite == suite), None)


@dataclass(frozen=True)
class Pairing:
    """Two models on the same cases. Differences are `second` minus `first`."""

    first: Standing
    second: Standing
    tests: tuple[PairedTest, ...]


def standing_of(model: RegisteredModel, known: Iterable[RegisteredModel]) -> Standing | None:
    """The evaluation of `model` on its own card, else the newest on another model's card.

    An incumbent is scored in the evaluation of the candidate that it meets, so its own card may
    have none. Models are recognised by their training cards, not by name.
    """
    others = sorted(known, key=lambda each: -each.version)
    for each in (model, *others):
        if (evaluation := each.card.evaluation) and (role := role_in(evaluation, model)):
            return Standing(evaluation, role)
    return None


def role_in(evaluation: EvaluationCard, model: RegisteredModel) -> Role | None:
    """As what `model` took part: of the training cards that an evaluation names as its parents,
    the first is the candidate's."""
    trainings = [each for each in evaluation.parents if each.kind == TrainingCard.KIND]
    roles: tuple[Role, ...] = ("candidate", "incumbent")
    for reference, role in zip(trainings, roles, strict=False):
        if reference == model.card.training.reference():
            return role
    return None


def pairing_of(
    first: RegisteredModel, second: RegisteredModel, known: Sequence[RegisteredModel]
) -> Pairing | None:
    """The newest evaluation in which both models answered the same cases, if there is one."""
    newest_first = sorted((*known, first, second), key=lambda each: -each.version)
    for each in newest_first:
        evaluation = each.card.evaluation
        if evaluation is None:
            continue
        roles = role_in(evaluation, first), role_in(evaluation, second)
        if roles == ("incumbent", "candidate"):
            tests = evaluation.paired
        elif roles == ("candidate", "incumbent"):
            tests = tuple(turned(test) for test in evaluation.paired)
        else:
            continue
        return Pairing(
            Standing(evaluation, roles[0]),
            Standing(evaluation, roles[1]),
            tests,
        )
    return None


def turned(test: PairedTest) -> PairedTest:
    """The same test seen from the other side."""
    difference = test.difference
    return test.model_copy(
        update={
            "only_candidate": test.only_incumbent,
            "only_incumbent": test.only_candidate,
            "difference": Interval(
                value=-difference.value, low=-difference.high, high=-difference.low
            ),
        }
    )


def reference_of_kind(card: Card, kind: str) -> CardReference | None:
    """The parent of `card` that is a `kind`."""
    return next((each for each in card.parents if each.kind == kind), None)
