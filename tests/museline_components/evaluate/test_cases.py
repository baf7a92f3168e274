"""Which cases are asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from museline.errors import DataError
from museline.examples import Example
from museline_components.evaluate.cases import choose_cases, share_out, suites


def example(number: int, family: str = "sums", **changes: object) -> Example:
    made = Example(
        id=f"{family}-{number}",
        domain="mathematics",
        family=family,
        modality="text",
        source="test",
        licence="CC0-1.0",
        prompt=f"{number} + 1",
        answer=str(number + 1),
        split="evaluation",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_only_the_evaluation_split_is_asked() -> None:
    chosen = choose_cases([example(1), example(2, split="train"), example(3, split=None)], 10, 0)
    assert [each.id for each in chosen] == ["sums-1"]


def test_the_choice_is_even_over_families_and_free_of_order() -> None:
    examples = [example(i, family) for family in ("few", "many", "more") for i in range(50)]
    examples = [each for each in examples if each.family != "few" or each.id in ("few-1", "few-2")]
    chosen = choose_cases(examples, 42, seed=3)
    counts = {name: sum(each.family == name for each in chosen) for name in ("few", "many", "more")}
    assert counts == {"few": 2, "many": 20, "more": 20}
    assert choose_cases(reversed(examples), 42, seed=3) == chosen
    assert choose_cases(examples, 42, seed=4) != chosen


def test_a_larger_limit_only_adds() -> None:
    examples = [example(i) for i in range(100)]
    few, many = choose_cases(examples, 10, 0), choose_cases(examples, 50, 0)
    assert many[:10] == few


def test_an_empty_split_says_what_to_do() -> None:
    with pytest.raises(DataError, match="no examples in the evaluation split"):
        choose_cases([example(1, split="train")], 10, 0)


def test_a_placeholder_left_in_a_table_prompt_is_refused() -> None:
    unfilled = example(1, modality="table", prompt="radius {mean_radius}: malignant?")
    with pytest.raises(DataError, match=r"placeholder \{mean_radius\}"):
        choose_cases([unfilled], 10, 0)
    code = example(2, prompt="len({x})")
    assert choose_cases([code], 10, 0) == [code]


@given(st.integers(0, 500), st.dictionaries(st.text("abc", max_size=3), st.integers(1, 90)))
def test_shares_add_up_and_are_even(limit: int, available: dict[str, int]) -> None:
    quotas = share_out(limit, available)
    assert sum(quotas.values()) == min(limit, sum(available.values()))
    assert all(quotas[name] <= count for name, count in available.items())
    unfilled = [quotas[name] for name, count in available.items() if quotas[name] < count]
    assert not unfilled or max(quotas.values()) - min(unfilled) <= 1


def test_suites_cover_everything_domain_modality_and_family() -> None:
    cases = [
        example(1),
        example(2, "digits", domain="vision", modality="image"),
        example(3, "seen", domain="mathematics", modality="image"),
    ]
    found = {each.name: each for each in suites(cases)}
    assert found["all"].members == (0, 1, 2)
    assert (found["all"].domain, found["all"].modality) == ("all", "all")
    assert found["modality/image"].members == (1, 2)
    assert found["modality/image"].domain == "all"
    assert found["domain/mathematics"].members == (0, 2)
    assert (found["family/digits"].domain, found["family/digits"].modality) == ("vision", "image")
    assert list(found) == [
        "all",
        "domain/mathematics",
        "domain/vision",
        "modality/image",
        "modality/text",
        "family/digits",
        "family/seen",
        "family/sums",
    ]
