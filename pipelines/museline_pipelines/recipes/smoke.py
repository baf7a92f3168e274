"""x."""

from museline_pipelines.recipes.configuration import TrainingPipeline


def smoke() -> TrainingPipeline:
    return TrainingPipeline()
