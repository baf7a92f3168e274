"""Every family: its solver agrees with its generator, and its checker with its solver."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museline.errors import ConfigurationError, DataError
from museline.examples import DOMAINS, MODALITIES, Example
from museline.tasks import FAMILIES, TaskFamily, check_answer, family, pool_of, solve

LONGEST_PROMPT = 80
each_family = pytest.mark.parametrize("task", FAMILIES.values(), ids=FAMILIES)
seeds = st.integers(0, 2**32)


def meaning(answer: str) -> float | str:
    """25 and 25.0 are one answer."""
    try:
        return float(answer)
    except ValueError:
        return answer


@each_family
@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_solver_and_checker_agree_with_the_generator(task: TaskFamily, seed: int) -> None:
    examples = list(task.generate(seed, 12))
    answers = {example.answer for example in examples}
    for example in examples:
        true = meaning(example.answer)
        assert task.solve(example) == example.answer
        assert task.check(example, example.answer)
        assert task.check(example, f"  {example.answer} ")
        for other in answers:
            assert task.check(example, other) == (meaning(other) == true)
        assert not task.check(example, example.answer + "!")
        assert not task.check(example, "")


@each_family
def test_the_answer_comes_from_the_parameters_and_never_from_the_prompt(task: TaskFamily) -> None:
    for example in task.generate(3, 30):
        blind = dataclasses.replace(example, prompt="?", answer="?", image=None)
        assert task.solve(blind) == example.answer


@each_family
def test_examples_are_complete_short_and_distinct(task: TaskFamily) -> None:
    examples = list(task.generate(1, 200))
    assert len(examples) == 200
    assert len({example.id for example in examples}) == 200
    levels = {json.loads(example.parameters)["level"] for example in examples}
    assert levels == {1, 2, 3}
    for example in examples:
        assert example.domain in DOMAINS
        assert example.modality in MODALITIES
        assert example.family == task.name
        assert example.source
        assert example.licence
        assert 0 < len(example.prompt) <= LONGEST_PROMPT
        assert 0 < len(example.answer) <= 12
        assert (example.image is not None) == (task.modality == "image")


@each_family
def test_equal_seeds_give_equal_examples_and_a_small_count_the_beginning(task: TaskFamily) -> None:
    many = list(task.generate(5, 40))
    assert list(task.generate(5, 25)) == many[:25]
    assert list(task.generate(6, 40)) != many


@each_family
def test_the_weights_say_which_levels_are_asked(task: TaskFamily) -> None:
    def levels(weights: tuple[float, float, float]) -> list[int]:
        made = task.generate(2, 60, weights)
        return [json.loads(example.parameters)["level"] for example in made]

    for level in (1, 2, 3):
        only = (float(level == 1), float(level == 2), float(level == 3))
        assert set(levels(only)) == {level}
    assert levels((8, 1, 1)).count(1) > levels((1, 1, 8)).count(1)


def test_a_family_whose_questions_are_used_up_repeats_them() -> None:
    from museline.tasks.making import Question, generated

    examples = list(
        generated("units", 0, 9, lambda rng, level: Question("?", {"n": 1}), lambda _: "1")
    )
    assert len(examples) == 9


def test_data_without_a_family_has_no_solver_and_is_checked_by_equality() -> None:
    own = Example("1", "custom", "user", "text", "mine", "mine", "Capital of France?", "Paris")
    assert solve(own) is None
    assert check_answer(own, " Paris\n")
    assert not check_answer(own, "paris")
    assert pool_of(own) is None


def test_an_unknown_family_is_answered_with_the_near_names() -> None:
    with pytest.raises(ConfigurationError, match="did you mean arithmetic"):
        family("arithmetics")


@pytest.mark.parametrize("parameters", ["{", "[1]", "3"])
def test_broken_parameters_name_the_example(parameters: str) -> None:
    example = next(iter(FAMILIES["arithmetic"].generate(0, 1)))
    with pytest.raises(DataError, match=example.id):
        solve(dataclasses.replace(example, parameters=parameters))


def test_the_table_of_families_holds_what_the_reference_data_needs() -> None:
    assert {task.domain for task in FAMILIES.values()} >= {
        "mathematics", "science", "health", "planning", "everyday", "code", "vision",
    }  # fmt: skip
