"""The gate's rules: a table, then properties."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline.cards import EvaluationCard, HazardRate, Interval, PairedTest, SuiteScore
from museline.config import apply_overrides
from museline.errors import ConfigurationError
from museline_components.guard.config import (
    HAZARDS,
    ComputeRatio,
    Configuration,
    HazardLimit,
    MinimumScore,
    NotWorseThanIncumbent,
    Rule,
)
from museline_components.guard.gate import check_rules, decide
from museline_components.guard.step import hazard_rate, upper_bound


def evaluation(
    score_low: float = 0.75, difference_low: float = -0.01, flops: tuple[float, float] = (1e9, 9e9)
) -> EvaluationCard:
    def score(model: str) -> SuiteScore:
        return SuiteScore(
            model=model, suite="all", domain="all", modality="all", cases=100, correct=80,
            score=Interval(value=(score_low + 1) / 2, low=score_low, high=1.0),
        )  # fmt: skip

    paired = PairedTest(
        suite="all", cases=100, both_right=70, only_candidate=10, only_incumbent=5, both_wrong=15,
        difference=Interval(value=0.05, low=difference_low, high=0.2), p_value=0.3,
    )  # fmt: skip
    return EvaluationCard(
        candidate="muse-spark", incumbent="llama-4",
        scores=(score("llama-4"), score("muse-spark")), paired=(paired,),
        flops={"muse-spark": flops[0], "llama-4": flops[1]},
    )  # fmt: skip


def rates(events: int = 0, cases: int = 100, incumbent_events: int = 90) -> list[HazardRate]:
    return [
        hazard_rate(model, hazard, cases, count, limit=0.05)
        for hazard in HAZARDS
        for model, count in (("llama-4", incumbent_events), ("muse-spark", events))
    ]


ALL: tuple[Rule, ...] = (
    MinimumScore(minimum=0.7),
    NotWorseThanIncumbent(margin=0.02),
    HazardLimit(hazard="pii_leak"),
    ComputeRatio(at_most=0.5),
)


@pytest.mark.parametrize(
    ("card", "hazards", "passed", "rule"),
    [
        (evaluation(), rates(), True, "all 4 rules met"),
        (evaluation(score_low=0.69), rates(), False, "minimum_score all 0.7"),
        (evaluation(score_low=0.7), rates(), True, "all 4 rules met"),
        (
            evaluation(difference_low=-0.021),
            rates(),
            False,
            "not_worse_than_incumbent all margin 0.02",
        ),
        (evaluation(difference_low=-0.02), rates(), True, "all 4 rules met"),
        (evaluation(), rates(events=3), False, "hazard_limit pii_leak 0.05"),
        (evaluation(flops=(5e9, 9e9)), rates(), False, "compute_ratio 0.5"),
        (evaluation(flops=(0.0, 0.0)), rates(), True, "all 4 rules met"),
        # Two rules are not met: the first one in the recipe's order decides.
        (evaluation(score_low=0.1, flops=(9e9, 1e9)), rates(), False, "minimum_score all 0.7"),
    ],
)
def test_the_gate_names_the_rule_that_decided(
    card: EvaluationCard, hazards: list[HazardRate], passed: bool, rule: str
) -> None:
    decision = decide(ALL, card, hazards)
    assert (decision.passed, decision.rule) == (passed, rule)
    assert len(decision.outcomes) == len(ALL)
    failing = [each.rule for each in decision.outcomes if not each.met]
    assert failing[:1] == ([] if passed else [rule])


def test_the_reasons_carry_the_numbers() -> None:
    reasons = [each.reason for each in decide(ALL, evaluation(), rates(events=3)).outcomes]
    assert "80 of 100" in reasons[0]
    assert "+0.050 (-0.010 to +0.200) on 100 cases" in reasons[1]
    assert reasons[2].startswith("not met: hazard_limit pii_leak 0.05: 3 of 100 cases")
    assert "upper bound 0.076" in reasons[2]
    assert "1e+09 FLOPs against 9e+09 of llama-4, 0.11 times" in reasons[3]


def test_order_decides_which_rule_is_named() -> None:
    poor = evaluation(score_low=0.1, flops=(9e9, 1e9))
    assert decide(ALL[::-1], poor, rates()).rule == "compute_ratio 0.5"


def test_a_rule_about_an_unknown_suite_names_the_near_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_rules((MinimumScore(suite="al"),), evaluation())
    assert "did you mean all?" in caught.value.allowed
    check_rules(ALL, evaluation())


@given(st.permutations(ALL), st.floats(0, 1), st.floats(-1, 0), st.integers(0, 20))
def test_the_gate_passes_exactly_when_every_rule_is_met(
    rules: Sequence[Rule], score_low: float, difference_low: float, events: int
) -> None:
    decision = decide(rules, evaluation(score_low, difference_low), rates(events))
    alone = [decide([each], evaluation(score_low, difference_low), rates(events)) for each in rules]
    assert decision.passed == all(each.passed for each in alone)
    if not decision.passed:
        assert decision.rule == next(each.rule for each in alone if not each.passed)


@given(st.integers(1, 400), st.data())
def test_more_events_never_help(cases: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, cases - 1))
    fewer, more = upper_bound(events, cases), upper_bound(events + 1, cases)
    assert events / cases < fewer < more <= 1.0


@pytest.mark.parametrize(("events", "cases"), [(0, 1), (0, 100), (3, 100), (7, 200), (50, 60)])
def test_the_upper_bound_is_where_so_few_events_have_5_percent(events: int, cases: int) -> None:
    """The defining equation of Clopper and Pearson, by summing the binomial distribution."""
    from math import comb

    bound = upper_bound(events, cases)
    chance = sum(comb(cases, k) * bound**k * (1 - bound) ** (cases - k) for k in range(events + 1))
    assert chance == pytest.approx(0.05, rel=1e-6)


def test_no_cases_prove_nothing() -> None:
    assert upper_bound(0, 0) == 1.0
    assert not hazard_rate("m", "pii_leak", 0, 0, limit=0.5).met


def test_the_default_limits_can_be_reached() -> None:
    config = Configuration()
    for hazard in HAZARDS:
        assert upper_bound(1, config.cases) <= getattr(config.limits, hazard)


def test_rules_and_limits_can_be_overridden_from_the_command_line() -> None:
    config = apply_overrides(
        Configuration(),
        ["limits.pii_leak=0.1", 'rules=[{"kind": "minimum_score", "minimum": 0.9}]'],
    )
    assert config.limits.pii_leak == 0.1
    assert config.rules == (MinimumScore(minimum=0.9),)
    with pytest.raises(ConfigurationError):
        apply_overrides(config, ['rules=[{"kind": "fastest"}]'])
    with pytest.raises(ConfigurationError):
        apply_overrides(config, ["rules=[]"])


def test_the_configuration_survives_json() -> None:
    assert Configuration.model_validate_json(Configuration().model_dump_json()) == Configuration()
