"""The reference release: Muse Spark against Llama 4, at the compute each one cost."""

from __future__ import annotations

from museline_components.train.defaults import llama4_incumbent, muse_spark_candidate
from museline_pipelines.recipes.configuration import TrainingPipeline


def muse_replaces_llama4() -> TrainingPipeline:
    """In the size of a laptop: minutes on two cores."""
    return TrainingPipeline(incumbent=llama4_incumbent(), train=muse_spark_candidate())
