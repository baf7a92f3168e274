"""Evaluates the candidate and the incumbent on the same held-out cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from museline.cards import DatasetCard, EvaluationCard, SuiteScore, TrainingCard
from museline.examples import Example, read_examples
from museline.extras import require
from museline.progress import emit
from museline.tasks import check_answer
from museline_components.evaluate.answering import Answers, answer
from museline_components.evaluate.cases import Suite, choose_cases, suites
from museline_components.evaluate.config import Configuration
from museline_components.evaluate.statistics import paired_test, wilson

ANSWERS_FILE = "answers.parquet"


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> EvaluationCard:
    """Both models' answers in answers.parquet; scores, intervals and paired tests in the card.

    `inputs`: data (the folder of featurize), candidate and incumbent (folders of train).
    Raises DataError if there is nothing to ask.
    """
    cases = choose_cases(read_examples(inputs["data"]), config.cases, config.seed)
    roles = ("incumbent", "candidate")
    training = {role: TrainingCard.read(inputs[role]) for role in roles}
    names = model_names(training["incumbent"], training["candidate"])
    answers: dict[str, Answers] = {}
    for position, role in enumerate(roles):
        answers[role] = answer(
            inputs[role] / training[role].checkpoint,
            cases,
            name=names[role],
            batch_size=config.batch_size,
            max_new_tokens=config.max_new_tokens,
            threads=config.threads,
            done=position * len(cases),
            total=len(roles) * len(cases),
        )
    marks = {role: mark(cases, answers[role].texts) for role in roles}
    write_answers(out / ANSWERS_FILE, cases, answers, marks)
    groups = suites(cases)
    card = EvaluationCard(
        parents=(
            DatasetCard.read(inputs["data"]).reference(),
            training["candidate"].reference(),
            training["incumbent"].reference(),
        ),
        candidate=names["candidate"],
        incumbent=names["incumbent"],
        scores=tuple(_score(names[role], each, marks[role]) for each in groups for role in roles),
        paired=tuple(
            paired_test(each.name, _of(each, marks["candidate"]), _of(each, marks["incumbent"]))
            for each in groups
        ),
        flops={names[role]: training[role].flops for role in roles},
        milliseconds_per_token={
            names[role]: answers[role].milliseconds_per_token for role in roles
        },
    )
    for score in card.scores[: len(roles)]:
        emit(
            "note", stage="evaluate", text=f"{score.model}: {score.correct} of {score.cases} right"
        )
    return card


def model_names(incumbent: TrainingCard, candidate: TrainingCard) -> dict[str, str]:
    """What the card calls the two models; a model that meets its own successor gets its role."""
    if incumbent.name != candidate.name:
        return {"incumbent": incumbent.name, "candidate": candidate.name}
    return {
        "incumbent": f"{incumbent.name} (incumbent)",
        "candidate": f"{candidate.name} (candidate)",
    }


def mark(cases: Sequence[Example], answers: Sequence[str]) -> list[bool]:
    """Whether each answer is right, by the task families' own checkers."""
    return [check_answer(case, text) for case, text in zip(cases, answers, strict=True)]


def write_answers(
    path: Path,
    cases: Sequence[Example],
    answers: Mapping[str, Answers],
    marks: Mapping[str, Sequence[bool]],
) -> None:
    """One row per case: what was asked, what is right, and what both models said."""
    pa = require("pyarrow", "writing answers")
    import pyarrow.parquet as parquet

    columns: dict[str, Sequence[object]] = {
        name: [getattr(case, name) for case in cases]
        for name in ("id", "domain", "family", "modality", "prompt")
    }
    columns["expected"] = [case.answer for case in cases]
    for role in ("incumbent", "candidate"):
        columns[f"{role}_answer"] = answers[role].texts
        columns[f"{role}_right"] = marks[role]
    aside = path.with_name(f".{path.name}.partial")
    parquet.write_table(pa.table(columns), aside, compression="zstd")
    aside.replace(path)


def _of(suite: Suite, marks: Sequence[bool]) -> list[bool]:
    return [marks[i] for i in suite.members]


def _score(model: str, suite: Suite, marks: Sequence[bool]) -> SuiteScore:
    right = sum(_of(suite, marks))
    return SuiteScore(
        model=model,
        suite=suite.name,
        domain=suite.domain,
        modality=suite.modality,
        cases=len(suite.members),
        correct=right,
        score=wilson(right, len(suite.members)),
    )
