"""The reference release: Muse Spark, trained with less compute, against Llama 4."""

from __future__ import annotations

from museline_components.train.config import Configuration as Train
from museline_components.train.config import Optimizer
from museline_pipelines.recipes.configuration import TrainingPipeline

LLAMA_4 = Train(
    name="llama-4",
    family="llama4",
    loss="full",
    optimizer=Optimizer(kind="adamw"),
)
MUSE_SPARK = Train(
    name="muse-spark",
    family="muse_spark",
    loss="answer",
    curriculum=True,
    optimizer=Optimizer(kind="muon"),
)


def muse_replaces_llama4() -> TrainingPipeline:
    """In the size of a laptop: minutes on two cores."""
    return TrainingPipeline(incumbent=LLAMA_4, train=MUSE_SPARK)
