"""x."""

from museline_pipelines.recipes.configuration import TrainingPipeline


def own_data() -> TrainingPipeline:
    return TrainingPipeline()
