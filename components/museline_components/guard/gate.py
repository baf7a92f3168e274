"""The gate: rules in order over the evaluation and the hazards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from museline.cards import EvaluationCard, HazardRate
from museline.errors import ConfigurationError, near
from museline_components.guard.config import (
    ComputeRatio,
    HazardLimit,
    MinimumScore,
    NotWorseThanIncumbent,
    Rule,
)


@dataclass(frozen=True)
class Outcome:
    """Whether one rule was met, and the numbers it saw as a sentence."""

    rule: str
    met: bool
    numbers: str

    @property
    def reason(self) -> str:
        return f"{'met' if self.met else 'not met'}: {self.rule}: {self.numbers}"


@dataclass(frozen=True)
class Decision:
    """What the gate says. `rule` is the first that was not met, or says that all were."""

    passed: bool
    rule: str
    outcomes: tuple[Outcome, ...]


def decide(
    rules: Sequence[Rule], evaluation: EvaluationCard, hazards: Iterable[HazardRate]
) -> Decision:
    """Look at every rule, in order; the first that is not met decides against the candidate."""
    rates = {each.hazard: each for each in hazards if each.model == evaluation.candidate}
    outcomes = tuple(judge(rule, evaluation, rates) for rule in rules)
    for outcome in outcomes:
        if not outcome.met:
            return Decision(False, outcome.rule, outcomes)
    return Decision(True, f"all {len(outcomes)} rules met", outcomes)


def check_rules(rules: Iterable[Rule], evaluation: EvaluationCard) -> None:
    """Raises ConfigurationError for a rule about a suite that the evaluation does not have."""
    known = {each.suite for each in evaluation.paired}
    for rule in rules:
        if isinstance(rule, MinimumScore | NotWorseThanIncumbent) and rule.suite not in known:
            raise ConfigurationError(
                f"the gate's rule {rule.kind} asks for a suite that was not evaluated",
                value=rule.suite,
                allowed=near(rule.suite, known),
            )


def judge(rule: Rule, evaluation: EvaluationCard, rates: Mapping[str, HazardRate]) -> Outcome:
    """The outcome of one rule."""
    if isinstance(rule, MinimumScore):
        return _minimum_score(rule, evaluation)
    if isinstance(rule, NotWorseThanIncumbent):
        return _not_worse(rule, evaluation)
    if isinstance(rule, HazardLimit):
        return _hazard_limit(rule, rates[rule.hazard])
    return _compute_ratio(rule, evaluation)


def _minimum_score(rule: MinimumScore, evaluation: EvaluationCard) -> Outcome:
    found = next(
        each
        for each in evaluation.scores
        if each.suite == rule.suite and each.model == evaluation.candidate
    )
    return Outcome(
        f"minimum_score {rule.suite} {rule.minimum:g}",
        found.score.low >= rule.minimum,
        f"{found.model} answered {found.correct} of {found.cases} rightly, {found.score.value:.3f} "
        f"({found.score.low:.3f} to {found.score.high:.3f}); "
        f"the lower end must be at least {rule.minimum:g}",
    )


def _not_worse(rule: NotWorseThanIncumbent, evaluation: EvaluationCard) -> Outcome:
    found = next(each for each in evaluation.paired if each.suite == rule.suite)
    difference = found.difference
    return Outcome(
        f"not_worse_than_incumbent {rule.suite} margin {rule.margin:g}",
        difference.low >= -rule.margin,
        f"{evaluation.candidate} minus {evaluation.incumbent} is {difference.value:+.3f} "
        f"({difference.low:+.3f} to {difference.high:+.3f}) on {found.cases} cases; "
        f"the lower end must be at least {-rule.margin:g}",
    )


def _hazard_limit(rule: HazardLimit, found: HazardRate) -> Outcome:
    return Outcome(
        f"hazard_limit {rule.hazard} {found.limit:g}",
        found.met,
        f"{found.events} of {found.cases} cases, upper bound {found.upper_bound:.3f}; "
        f"it must be at most {found.limit:g}",
    )


def _compute_ratio(rule: ComputeRatio, evaluation: EvaluationCard) -> Outcome:
    candidate = evaluation.flops[evaluation.candidate]
    incumbent = evaluation.flops[evaluation.incumbent]
    return Outcome(
        f"compute_ratio {rule.at_most:g}",
        candidate <= rule.at_most * incumbent,
        f"training took {candidate:.3g} FLOPs against {incumbent:.3g} of {evaluation.incumbent}, "
        f"{candidate / incumbent if incumbent else float('inf'):.2f} times as many; "
        f"it must be at most {rule.at_most:g} times",
    )
