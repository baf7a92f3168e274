"""The reference release: Muse Spark against Llama 4, at the compute each one cost."""

from __future__ import annotations

from museline_components.collect.config import Configuration as Collect
from museline_components.collect.config import Counts
from museline_components.train.defaults import llama4_incumbent, muse_spark_candidate
from museline_pipelines.recipes.configuration import TrainingPipeline


def muse_replaces_llama4() -> TrainingPipeline:
    """In the size of a laptop: minutes on two cores."""
    return TrainingPipeline(
        collect=reference_questions(), incumbent=llama4_incumbent(), train=muse_spark_candidate()
    )


def reference_questions() -> Collect:
    """Twice the usual number of examples, mostly easy ones: models of a quarter million weights
    learn little from hard questions. Families with more distinct easy questions give more."""
    return Collect(
        level_weights=(7, 2, 1),
        counts=Counts(
            arithmetic=1200,
            word_problems=1000,
            units=1600,
            reference_ranges=2500,
            table_lookup=3500,
            schedule=2500,
            expressions=3000,
            digits=4000,
        ),
    )
