"""The two configurations of the reference release, tuned for two processor cores.

Both are functions that return a whole configuration; a keyword changes a field. How they were
found, and what each part of the candidate's recipe is worth, is in
docs/explanation/recipes-and-compute.md.
"""

from __future__ import annotations

from museline_components.train.config import Configuration, Optimizer, Schedule

BUDGET = 1.2e12
"""Operations, forward and backward, that the incumbent may spend; the candidate a little less, so
that it never costs more by the rounding to whole steps."""


def llama4_incumbent(**changes: object) -> Configuration:
    """The model in production: Llama 4, trained as was usual: AdamW, the loss of the whole text,
    examples in any order."""
    return Configuration.model_validate(
        {
            "name": "llama-4",
            "family": "llama4",
            "size": "pico",
            "budget_flops": BUDGET,
            "batch_size": 48,
            "optimizer": Optimizer(kind="adamw", lr=5e-3, weight_decay=0.01),
            "schedule": Schedule(kind="cosine", warmup=0.05),
            "report_every": 20,
            "validation_every": 400,
            "checkpoint_every": 400,
            "loss": "full",
            "curriculum": False,
            "vocabulary": 512,
            **changes,
        }
    )


def muse_spark_candidate(**changes: object) -> Configuration:
    """The model that replaces it: Muse Spark by Muon with AdamW, the loss of the answer only,
    easy examples first."""
    return Configuration.model_validate(
        {
            "name": "muse-spark",
            "family": "muse_spark",
            "size": "pico",
            "budget_flops": 0.98 * BUDGET,
            "batch_size": 48,
            "optimizer": Optimizer(kind="muon", lr=6e-3, muon_lr=0.03, weight_decay=0.01),
            "schedule": Schedule(kind="cosine", warmup=0.05),
            "report_every": 20,
            "validation_every": 400,
            "checkpoint_every": 400,
            "loss": "answer",
            "curriculum": True,
            "vocabulary": 1024,
            **changes,
        }
    )
