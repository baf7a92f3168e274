"""x."""

from museline_pipelines.recipes.configuration import TrainingPipeline


def muse_replaces_llama4() -> TrainingPipeline:
    return TrainingPipeline()
