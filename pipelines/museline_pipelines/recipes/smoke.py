"""The whole pipeline on as little as possible, to see that it works."""

from __future__ import annotations

from museline.config import apply_overrides
from museline_pipelines.recipes.configuration import TrainingPipeline
from museline_pipelines.recipes.muse_replaces_llama4 import muse_replaces_llama4

TRAIN = (
    "budget_flops=null",
    "steps=6",
    "batch_size=16",
    "validation_every=3",
    "validation_examples=8",
)
TINY = (
    "collect.scale=0.03",
    *(f"{part}.{value}" for part in ("incumbent", "train") for value in TRAIN),
    "evaluate.cases=40",
    "guard.cases=8",
    # So little training and so few cases prove nothing: the gate asks only what both cost.
    'guard.rules=[{"kind": "compute_ratio", "at_most": 1000000}]',
)


def smoke() -> TrainingPipeline:
    """Seconds of work per step. The models learn nothing, and the gate lets them pass."""
    return apply_overrides(muse_replaces_llama4(), TINY)
