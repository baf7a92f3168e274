"""The settings of the evaluate stage."""

from __future__ import annotations

from pydantic import Field

from museline.config import Config


class Configuration(Config):
    """How many cases both models answer, and how they generate."""

    cases: int = Field(default=1200, ge=1)
    """Cases at most, spread evenly over the task families of the evaluation split."""
    batch_size: int = Field(default=64, ge=1)
    """Prompts answered at once."""
    max_new_tokens: int = Field(default=16, ge=1)
    """Tokens of an answer at most."""
    seed: int = 0
    """Chooses the cases where there are more than `cases`."""
    threads: int = Field(default=1, ge=1)
    """CPU threads of torch. One is fastest for small sizes, by far on a busy machine."""
