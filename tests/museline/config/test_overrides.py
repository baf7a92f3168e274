"""Overrides are checked against the types; unknown names list the near ones."""

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from museline.config import Config, apply_overrides
from museline.errors import ConfigurationError


class Optimizer(Config):
    lr: float = Field(default=0.1, gt=0)
    """Step size."""
    name: Literal["muon", "adamw"] = "muon"


class Whole(Config):
    steps: int = Field(default=10, ge=1)
    label: str = ""
    tags: tuple[str, ...] = ()
    resume: bool = False
    limit: int | None = None
    optimizer: Optimizer = Optimizer()


def test_nested_values_of_all_types():
    changed = apply_overrides(
        Whole(),
        [
            "optimizer.lr=0.02",
            "optimizer.name=adamw",
            "steps=7",
            'tags=["a", "b"]',
            "resume=true",
            "limit=3",
            "label=hello world",
        ],
    )
    assert changed == Whole(
        optimizer=Optimizer(lr=0.02, name="adamw"),
        steps=7,
        tags=("a", "b"),
        resume=True,
        limit=3,
        label="hello world",
    )


def test_the_last_of_several_wins_and_the_original_stays():
    config = Whole()
    assert apply_overrides(config, ["steps=2", "steps=3"]).steps == 3
    assert config.steps == 10
    assert apply_overrides(config, []) == config


def test_null_and_an_equals_sign_in_the_value():
    assert apply_overrides(Whole(limit=4), ["limit=null"]).limit is None
    assert apply_overrides(Whole(), ["label=a=b"]).label == "a=b"
    assert apply_overrides(Whole(), ["label="]).label == ""


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("optimizer.rl=1", ["'rl'", "optimizer.rl", "did you mean lr"]),
        ("step=1", ["'step'", "did you mean steps"]),
        ("steps=0", ["steps", "greater than or equal to 1", "now 10"]),
        ("steps=many", ["steps", "'many'", "valid integer"]),
        ("optimizer.lr=-1", ["optimizer.lr", "greater than 0", "Step size."]),
        ("optimizer.name=sgd", ["'muon' or 'adamw'", "'sgd'"]),
        ("steps.more=1", ["'steps'", "of type int", "without settings"]),
        ("steps", ["PATH=VALUE", "--set"]),
        ("=3", ["PATH=VALUE"]),
        ("=", ["PATH=VALUE"]),
        (".=1", ["there is no setting ''"]),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(override, parts):
    with pytest.raises(ConfigurationError) as caught:
        apply_overrides(Whole(), [override])
    for part in parts:
        assert part in str(caught.value)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.integers(min_value=1), st.lists(TEXTS), st.floats(min_value=1e-300, allow_infinity=False))
def test_json_values_come_back_as_they_were_written(steps, tags, lr):
    changed = apply_overrides(
        Whole(), [f"steps={steps}", f"tags={json.dumps(tags)}", f"optimizer.lr={json.dumps(lr)}"]
    )
    assert (changed.steps, changed.tags, changed.optimizer.lr) == (steps, tuple(tags), lr)


@given(TEXTS)
def test_every_text_can_be_given_as_json(text):
    assert apply_overrides(Whole(), [f"label={json.dumps(text)}"]).label == text


def test_a_configuration_is_frozen_and_knows_its_fields():
    with pytest.raises(ValidationError):
        Whole().steps = 3
    with pytest.raises(ValidationError):
        Whole(stepz=3)
