"""What train can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from museline.config import Config


class Optimizer(Config):
    """The rule that changes the weights."""

    kind: Literal["adamw", "muon"] = "adamw"
    """adamw for all weights; or muon for the matrices of the hidden layers, with adamw for the
    embedding, the norms, the routers, the patch embedding and the head."""
    lr: float = Field(default=3e-3, gt=0)
    """Largest learning rate of adamw."""
    muon_lr: float = Field(default=0.02, gt=0)
    """Largest learning rate of muon: the spectral norm of one step on a square matrix."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Decoupled: the share of a weight that a step at learning rate 1 takes away."""
    momentum: float = Field(default=0.95, ge=0, lt=1)
    """Of muon."""
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.98, ge=0, lt=1)
    """Decay rates of adamw's two means."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient over all weights."""


class Schedule(Config):
    """The learning rate over the steps, as a factor of the largest one."""

    kind: Literal["cosine", "linear", "constant"] = "cosine"
    """How it falls after the warm-up."""
    warmup: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which it rises from zero."""
    final: float = Field(default=0.0, ge=0, le=1)
    """The factor that it ends at."""


class Configuration(Config):
    """How one model is trained."""

    name: str = Field(default="muse-spark", pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """The model's name in cards, the registry and reports."""
    family: str = "muse_spark"
    """The architecture: one of museline.models.FAMILIES."""
    size: str = "pico"
    """The rung of the ladder: one of museline.models.SIZES."""
    seed: int = Field(default=0, ge=0)
    """Decides the weights at the start and the order of the examples."""
    steps: int = Field(default=400, ge=1)
    """Optimizer steps; not used with budget_flops."""
    budget_flops: float | None = Field(default=None, gt=0)
    """Train for as many steps as these operations (forward and backward) pay for."""
    batch_size: int = Field(default=128, ge=1)
    """Examples per step, over all workers."""
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    loss: Literal["answer", "full"] = "answer"
    """Learn to say the answer only, or the prompt too."""
    curriculum: bool = False
    """Begin with the easy examples, and let the pool grow to all of them in the first half."""
    vocabulary: int = Field(default=512, ge=266, le=65536)
    """Tokens of the tokenizer, which is learned from the training prompts and answers."""
    validation_every: int = Field(default=100, ge=1)
    """Steps between two losses on the validation split."""
    validation_examples: int = Field(default=256, ge=0)
    """How many of them at most."""
    report_every: int = Field(default=10, ge=1)
    """Steps between two points of the loss curve."""
    checkpoint_every: int = Field(default=100, ge=1)
    """Steps between two checkpoints that a killed run goes on from."""
    workers: int = Field(default=2, ge=1)
    """Processes that share each batch."""
    max_failures: int = Field(default=2, ge=0)
    """How often workers may die before the stage gives up."""

    @model_validator(mode="after")
    def _work_for_all(self) -> Configuration:
        if self.batch_size < self.workers:
            raise ValueError("batch_size must give each of the workers an example")
        return self
