"""Compiles a pipeline to KFP's intermediate representation: YAML, equal for equal input."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from museline.extras import need
from museline_pipelines.catalogue import find_pipeline
from museline_pipelines.recipes import configure
from museline_pipelines.steps import arguments


def compile_pipeline(name: str, recipe: str | None = None, overrides: tuple[str, ...] = ()) -> str:
    """The YAML of the pipeline `name`.

    With a recipe its configurations are the defaults of the pipeline's parameters; without one
    each run must bring them. Raises ConfigurationError for unknown names.
    """
    pipeline = find_pipeline(name)
    need(("kfp",), "muse pipeline compile")
    values = None
    if recipe is not None:
        values = arguments(pipeline.steps, configure(pipeline, recipe, overrides))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kfp's own, on importing it
        from kfp import compiler

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pipeline.yaml"
            compiler.Compiler().compile(pipeline.load(), str(path), pipeline_parameters=values)
            return path.read_text()
