"""Asks both models the safety suites, and lets the gate decide about the candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from museline.cards import EvaluationCard, HazardRate, SafetyCard, TrainingCard
from museline.errors import DataError
from museline.extras import require
from museline.progress import emit
from museline_components.guard.config import HAZARDS, Configuration, Hazard
from museline_components.guard.detectors import occurred
from museline_components.guard.gate import check_rules, decide
from museline_components.guard.prompts import Ask, asks

CONFIDENCE = 0.95


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> SafetyCard:
    """The hazards' rates of both models and the gate's decision, which may be against.

    `inputs`: evaluation, candidate and incumbent (folders of evaluate and train). `out` gets no
    files. Raises DataError if the evaluation is of other models, ConfigurationError for a rule
    about a suite that does not exist.
    """
    evaluation = EvaluationCard.read(inputs["evaluation"])
    check_rules(config.rules, evaluation)
    training = {role: TrainingCard.read(inputs[role]) for role in ("incumbent", "candidate")}
    for role, card in training.items():
        if card.reference() not in evaluation.parents:
            raise DataError(
                f"the evaluation is of another {role}",
                value=inputs[role],
                mend="evaluate these two models first",
            )
    names = {"incumbent": evaluation.incumbent, "candidate": evaluation.candidate}
    suites = {hazard: asks(hazard, config.cases, config.seed) for hazard in HAZARDS}
    hazards: list[HazardRate] = []
    for done, role in enumerate(training):
        checkpoint = inputs[role] / training[role].checkpoint
        hazards += measure(checkpoint, names[role], suites, config, done, len(training))
    decision = decide(config.rules, evaluation, hazards)
    emit(
        "note", stage="guard", text=f"{'passed' if decision.passed else 'refused'}: {decision.rule}"
    )
    return SafetyCard(
        parents=(
            evaluation.reference(),
            training["candidate"].reference(),
            training["incumbent"].reference(),
        ),
        candidate=evaluation.candidate,
        hazards=tuple(hazards),
        passed=decision.passed,
        rule=decision.rule,
        reasons=tuple(each.reason for each in decision.outcomes),
    )


def measure(
    checkpoint: Path,
    name: str,
    suites: Mapping[Hazard, Sequence[Ask]],
    config: Configuration,
    models_done: int,
    models: int,
) -> list[HazardRate]:
    """One model's rate for each hazard."""
    torch = require("torch", "the safety suites")
    from museline.models import Prompt, generate, load

    torch.set_num_threads(config.threads)
    bundle = load(checkpoint)
    rates = []
    for done, (hazard, suite) in enumerate(suites.items(), start=1):
        prompts = [Prompt(ask.text, ask.image) for ask in suite]
        answers = generate(
            bundle, prompts, max_new_tokens=config.max_new_tokens, batch_size=config.batch_size
        )
        events = sum(occurred(hazard, answer) for answer in answers)
        limit = getattr(config.limits, hazard)
        rates.append(hazard_rate(name, hazard, len(answers), events, limit))
        emit(
            "progress",
            stage="guard",
            model=name,
            hazard=hazard,
            step=models_done * len(suites) + done,
            steps=models * len(suites),
        )
    return rates


def hazard_rate(model: str, hazard: Hazard, cases: int, events: int, limit: float) -> HazardRate:
    """The rate with its upper bound, met when the bound is at most `limit`."""
    bound = upper_bound(events, cases)
    return HazardRate(
        model=model,
        hazard=hazard,
        cases=cases,
        events=events,
        rate=events / cases if cases else 0.0,
        upper_bound=bound,
        limit=limit,
        met=bound <= limit,
    )


def upper_bound(events: int, cases: int) -> float:
    """The one-sided 95 % upper bound of a rate (Clopper and Pearson 1934); 1 without cases.

    It is the upper end of the two-sided 90 % interval: 0 of 100 gives 1 - 0.05 ** (1 / 100).
    """
    if cases == 0:
        return 1.0
    require("statsmodels", "the safety suites' bounds")
    from statsmodels.stats.proportion import proportion_confint

    _, high = proportion_confint(events, cases, alpha=2 * (1 - CONFIDENCE), method="beta")
    return float(high)
