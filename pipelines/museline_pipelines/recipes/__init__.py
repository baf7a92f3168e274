"""Recipes: functions that return a pipeline's whole configuration. To add one: a module with a
function, and its line in RECIPES."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from museline.config import Config, apply_overrides
from museline.errors import ConfigurationError, near

if TYPE_CHECKING:
    from museline_pipelines.catalogue import Pipeline
    from museline_pipelines.recipes.configuration import TrainingPipeline


@dataclass(frozen=True)
class Recipe:
    """`build()` calls the function `name` of the module `name` beside this file."""

    name: str
    summary: str

    def build(self) -> TrainingPipeline:
        module = importlib.import_module(f"museline_pipelines.recipes.{self.name}")
        configuration: TrainingPipeline = getattr(module, self.name)()
        return configuration


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("muse_replaces_llama4", "Muse Spark against Llama 4, in the size of a laptop."),
        Recipe("own_data", "The same models on your files: --set collect.user_files=[...]"),
        Recipe("smoke", "The whole pipeline on as little as possible, to see that it works."),
    )
}


def configure(pipeline: Pipeline, recipe: str, overrides: Iterable[str] = ()) -> Config:
    """The configuration of `pipeline` by `recipe`, with `PATH=VALUE` overrides applied.

    Raises ConfigurationError for an unknown recipe (with the near ones) or override.
    """
    if recipe not in RECIPES:
        raise ConfigurationError(
            "there is no such recipe", value=recipe, allowed=near(recipe, RECIPES)
        )
    return apply_overrides(_part(pipeline, RECIPES[recipe].build()), overrides)


def parse_configuration(pipeline: Pipeline, content: object) -> Config:
    """The configuration that a run recorded as JSON."""
    from museline_pipelines.recipes.configuration import DataPipeline, TrainingPipeline

    kind = TrainingPipeline if pipeline.name == "training" else DataPipeline
    return kind.model_validate(content)


def _part(pipeline: Pipeline, whole: TrainingPipeline) -> Config:
    """What of a recipe `pipeline` uses."""
    from museline_pipelines.recipes.configuration import DataPipeline

    if pipeline.name == "training":
        return whole
    return DataPipeline(**{name: getattr(whole, name) for name in DataPipeline.model_fields})
