"""The same models on the user's own files, beside a little of everything else."""

from __future__ import annotations

from museline.config import apply_overrides
from museline_pipelines.recipes.configuration import TrainingPipeline
from museline_pipelines.recipes.muse_replaces_llama4 import muse_replaces_llama4


def own_data() -> TrainingPipeline:
    """Give the files by `--set 'collect.user_files=["questions.jsonl"]'`.

    Without them there is nothing but a tenth of the reference data.
    """
    return apply_overrides(muse_replaces_llama4(), ("collect.scale=0.1",))
