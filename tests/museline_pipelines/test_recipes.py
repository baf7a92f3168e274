from __future__ import annotations

import json

import pytest

from museline.errors import ConfigurationError
from museline_pipelines.catalogue import PIPELINES, find_pipeline
from museline_pipelines.recipes import RECIPES, configure, parse_configuration
from museline_pipelines.recipes.configuration import DataPipeline, TrainingPipeline
from museline_pipelines.steps import arguments


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("name", PIPELINES)
def test_every_recipe_configures_every_pipeline(recipe: str, name: str) -> None:
    pipeline = find_pipeline(name)
    configuration = configure(pipeline, recipe)
    values = arguments(pipeline.steps, configuration)
    assert list(values) == [step.parameter for step in pipeline.steps]
    stored = json.loads(configuration.model_dump_json())
    assert parse_configuration(pipeline, stored) == configuration


def test_a_stage_that_runs_twice_is_told_which_time_it_is() -> None:
    pipeline = find_pipeline("training")
    values = arguments(pipeline.steps, configure(pipeline, "smoke"))
    assert json.loads(values["validate_raw"])["suite"] == "raw"
    assert json.loads(values["validate_curated"])["suite"] == "curated"
    assert json.loads(values["register_incumbent"])["role"] == "incumbent"
    assert json.loads(values["register_candidate"])["role"] == "candidate"
    assert json.loads(values["train_incumbent"])["family"] == "llama4"
    assert json.loads(values["train_candidate"])["family"] == "muse_spark"


def test_overrides_reach_their_stage_and_no_other() -> None:
    pipeline = find_pipeline("training")
    configuration = configure(pipeline, "smoke", ["train.optimizer.lr=0.02", "incumbent.steps=3"])
    assert isinstance(configuration, TrainingPipeline)
    assert configuration.train.optimizer.lr == 0.02
    assert configuration.incumbent.optimizer.lr != 0.02
    assert configuration.incumbent.steps == 3


def test_the_data_engine_takes_its_part_of_a_recipe() -> None:
    configuration = configure(find_pipeline("data-engine"), "smoke")
    assert type(configuration) is DataPipeline


@pytest.mark.parametrize(
    ("recipe", "override", "hint"),
    [
        ("smok", None, "did you mean smoke"),
        ("smoke", "train.optimiser.lr=1", "did you mean optimizer"),
        ("smoke", "train.steps=many", "valid integer"),
        ("smoke", "train.steps", "PATH=VALUE"),
        ("smoke", "train.family=7", "valid string"),
    ],
)
def test_unknown_names_and_wrong_values_are_explained(
    recipe: str, override: str | None, hint: str
) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        configure(find_pipeline("training"), recipe, [override] if override else [])


def test_an_unknown_pipeline_names_the_near_ones() -> None:
    with pytest.raises(ConfigurationError, match="did you mean training"):
        find_pipeline("trainin")
