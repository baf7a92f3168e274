"""What a recipe returns: the whole frozen configuration of a pipeline."""

from __future__ import annotations

import warnings

from pydantic import Field

from museline.config import Config
from museline_components.collect.config import Configuration as Collect
from museline_components.curate.config import Configuration as Curate
from museline_components.evaluate.config import Configuration as Evaluate
from museline_components.featurize.config import Configuration as Featurize
from museline_components.guard.config import Configuration as Guard
from museline_components.register.config import Configuration as Register
from museline_components.train.config import Configuration as Train
from museline_components.validate.config import Configuration as Validate

with warnings.catch_warnings():
    # pydantic's base class has a deprecated method `validate` and its metaclass a `register`; as
    # fields they are the names of our stages, and nobody calls the others.
    warnings.filterwarnings("ignore", "Field name", UserWarning)

    class DataPipeline(Config):
        """One part per stage of the pipeline `data-engine`."""

        collect: Collect = Field(default_factory=Collect)
        validate: Validate = Field(default_factory=Validate)  # type: ignore[assignment]
        """Runs twice: with the suite "raw" after collect and "curated" after curate."""
        curate: Curate = Field(default_factory=Curate)
        featurize: Featurize = Field(default_factory=Featurize)

    class TrainingPipeline(DataPipeline):
        """One part per stage of the pipeline `training`; `train` is the candidate's."""

        incumbent: Train = Field(default_factory=Train)
        train: Train = Field(default_factory=Train)
        evaluate: Evaluate = Field(default_factory=Evaluate)
        guard: Guard = Field(default_factory=Guard)
        register: Register = Field(default_factory=Register)
        """Runs twice: for the incumbent, then for the candidate."""
