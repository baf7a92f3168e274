"""The mixture of easy and hard questions is a setting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from museline.examples import EXAMPLES_FILE, read_examples
from museline_components.collect.config import Configuration, Counts
from museline_components.collect.step import run


def test_only_easy_questions_are_asked_where_only_they_have_weight(tmp_path: Path) -> None:
    config = Configuration(scale=0.02, level_weights=(1, 0, 0))
    run(config, {}, tmp_path)
    examples = [
        each for each in read_examples(tmp_path / EXAMPLES_FILE) if each.modality != "table"
    ]
    assert examples
    assert {json.loads(each.parameters)["level"] for each in examples} == {1}


@pytest.mark.parametrize("weights", [(0, 0, 0), (1, -1, 1), (1, 1), (float("inf"), 0, 0)])
def test_weights_that_leave_no_choice_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        Configuration(level_weights=weights)


def test_the_weights_change_the_configuration_of_the_card(tmp_path: Path) -> None:
    config = Configuration(scale=0.005, level_weights=(7, 2, 1), counts=Counts(digits=200))
    assert run(config, {}, tmp_path).configuration["level_weights"] == [7, 2, 1]
