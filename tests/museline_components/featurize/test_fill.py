"""Which examples need what, and what becomes of those that cannot be filled: without Feast."""

from __future__ import annotations

import datetime
from dataclasses import replace

from museline.cards import Dropped
from museline.examples import Example
from museline_components.featurize.step import NO_VALUES, NO_VIEW, Need, fill, needs_of

NOON = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)
TABLE = Example(
    id="1", domain="health", family="user", modality="table", source="test", licence="MIT",
    prompt="bmi {bmi}", answer="yes", entity="ann", event_time=NOON, split="train",
)  # fmt: skip
MOMENT = ("ann", NOON)


def test_only_table_examples_with_placeholders_need_features() -> None:
    examples = [
        TABLE,
        replace(TABLE, prompt="no placeholder"),
        replace(TABLE, modality="text", prompt="a set {x}"),
    ]
    needs = needs_of(examples, {"patients": ("bmi",)}, {"patients": {"ann"}})
    assert needs == [Need(0, ("bmi",), MOMENT, "patients")]


def test_of_two_views_with_the_feature_the_one_that_knows_the_entity_is_taken() -> None:
    views = {"animals": ("bmi",), "patients": ("bmi",)}
    entities = {"animals": {"rex"}, "patients": {"ann"}}
    assert [each.view for each in needs_of([TABLE], views, entities)] == ["patients"]


def test_a_table_example_without_entity_or_time_finds_nothing() -> None:
    bare = replace(TABLE, entity=None, event_time=None)
    needs = needs_of([bare], {"patients": ("bmi",)}, {"patients": {"ann"}})
    assert [each.moment for each in needs] == [None]
    filled, dropped = fill([bare], needs, {})
    assert filled[0].split == "quarantine"
    assert dropped == (Dropped(step="featurize", reason=NO_VALUES, count=1),)


def test_filled_and_quarantined() -> None:
    other = replace(TABLE, id="2", entity="bob")
    stray = replace(TABLE, id="3", prompt="{shoe_size}")
    out = replace(other, id="4", split="quarantine")
    needs = [
        Need(0, ("bmi",), MOMENT, "patients"),
        Need(1, ("bmi",), ("bob", NOON), "patients"),
        Need(2, ("shoe_size",), MOMENT, None),
        Need(3, ("bmi",), ("bob", NOON), "patients"),
    ]
    values = {("patients", MOMENT): {"bmi": 20.256, "age": None}}
    filled, dropped = fill([TABLE, other, stray, out], needs, values)
    assert filled[0] == replace(TABLE, prompt="bmi 20.26")
    assert filled[1] == replace(other, split="quarantine")
    assert filled[2] == replace(stray, split="quarantine")
    assert filled[3] == out
    assert dropped == (
        Dropped(step="featurize", reason=NO_VALUES, count=1),
        Dropped(step="featurize", reason=NO_VIEW, count=1),
    )


def test_a_feature_that_was_not_measured_quarantines() -> None:
    needs = [Need(0, ("bmi",), MOMENT, "patients")]
    filled, dropped = fill([TABLE], needs, {("patients", MOMENT): {"bmi": None, "age": 50.0}})
    assert filled[0].split == "quarantine"
    assert sum(each.count for each in dropped) == 1
