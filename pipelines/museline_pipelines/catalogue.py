"""The pipelines by name. Light: a pipeline's KFP definition is imported when it is asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from museline.errors import ConfigurationError, near
from museline_pipelines.steps import DATA_ENGINE, TRAINING, Step

DATA_LIBRARIES = ("kfp", "ray", "great_expectations", "feast", "duckdb", "pyarrow", "jinja2")
MODEL_LIBRARIES = ("torch", "transformers", "mlflow", "model_signing", "matplotlib")


@dataclass(frozen=True)
class Pipeline:
    """`function` is the KFP pipeline in `module`; `steps` are in the order in which they run.

    `libraries` are the heavy ones (import names) that the steps and their runner need.
    """

    name: str
    summary: str
    steps: tuple[Step, ...]
    module: str
    function: str
    libraries: tuple[str, ...]

    def load(self) -> Any:
        """The KFP pipeline. Imports KFP."""
        return getattr(importlib.import_module(self.module), self.function)


PIPELINES: dict[str, Pipeline] = {
    pipeline.name: pipeline
    for pipeline in (
        Pipeline(
            "data-engine",
            "Raw sources to data that can be trained on.",
            DATA_ENGINE,
            "museline_pipelines.data_engine",
            "data_engine",
            DATA_LIBRARIES,
        ),
        Pipeline(
            "training",
            "The data engine, both models, their evaluation, the gate and the registry.",
            TRAINING,
            "museline_pipelines.training",
            "training",
            (*DATA_LIBRARIES, *MODEL_LIBRARIES),
        ),
    )
}


def find_pipeline(name: str) -> Pipeline:
    """The pipeline `name`. Raises ConfigurationError, with the near names, for others."""
    if name not in PIPELINES:
        raise ConfigurationError(
            "there is no such pipeline", value=name, allowed=near(name, PIPELINES)
        )
    return PIPELINES[name]
