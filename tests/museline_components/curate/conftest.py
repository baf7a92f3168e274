"""Small batches for the tests of curate."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest

from museline.examples import Example, example_id, to_table
from museline_components.curate import deduplicate
from museline_components.curate.chain import admit, finish, prepare
from museline_components.curate.config import Configuration
from museline_components.curate.decontaminate import Sketch, cases


def make(prompt: str, answer: str = "1", **fields: Any) -> Example:
    """An example of the user's own, unless `fields` say otherwise."""
    usual = {
        "id": example_id("test", prompt, answer, fields.get("image")),
        "domain": "custom",
        "family": "user",
        "modality": "text",
        "source": "test",
        "licence": "CC0-1.0",
    }
    return Example(prompt=prompt, answer=answer, **{**usual, **fields})


def make_sum(a: int, b: int, answer: str | None = None, **fields: Any) -> Example:
    """An example of the family arithmetic."""
    return make(
        f"{a} + {b} = ?",
        str(a + b) if answer is None else answer,
        family="arithmetic",
        domain="mathematics",
        parameters=json.dumps({"a": a, "b": b, "operation": "+"}),
        **fields,
    )


def make_patient(name: str, day: int, **fields: Any) -> Example:
    """A table example with placeholders."""
    return make(
        "Mean radius {mean_radius}: benign or malignant?",
        "benign",
        family="clinical",
        modality="table",
        entity=name,
        event_time=datetime.datetime(2024, 1, day, tzinfo=datetime.UTC),
        **fields,
    )


def curate_here(examples: list[Example], config: Configuration | None = None) -> Any:
    """The whole chain on one batch, without Ray; dropped rows are still there, marked."""
    config = config or Configuration()
    table = prepare(admit(to_table(examples)), config)
    found = deduplicate.DUPLICATES.empty_table()
    if config.deduplication.enabled:
        entries = deduplicate.entries(table, config.deduplication, 1)
        found = deduplicate.find_duplicates(entries, config.deduplication.threshold)
    duplicates = deduplicate.decisions(found)
    asked = cases(deduplicate.mark(table, *duplicates), config.decontamination)
    return finish(table, duplicates, Sketch.of(asked, config.decontamination), config)


@pytest.fixture(scope="session")
def own() -> Callable[..., Example]:
    return make


@pytest.fixture(scope="session")
def added() -> Callable[..., Example]:
    return make_sum


@pytest.fixture(scope="session")
def patient() -> Callable[..., Example]:
    return make_patient


@pytest.fixture(scope="session")
def curated() -> Callable[..., Any]:
    return curate_here
