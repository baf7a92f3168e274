"""What validate checks, and how strictly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from museline.config import Config


class Configuration(Config):
    """The limits of a suite. Lengths count characters."""

    suite: Literal["raw", "curated", "features"] = "raw"
    """raw: after collect. curated: after curate, with splits and scores, and without what curate
    must have removed. features: after featurize, with filled prompts."""
    minimum_examples: int = Field(default=1, ge=1)
    """Fewer examples than this fail the batch."""
    maximum_prompt: int = Field(default=20_000, ge=1)
    """The longest prompt that is allowed."""
    maximum_answer: int = Field(default=2_000, ge=1)
    """The longest answer that is allowed."""
    required_splits: tuple[str, ...] = ("train", "evaluation")
    """Splits that a curated data set must fill."""
    masked: bool = True
    """Whether e-mail addresses and telephone numbers in curated texts fail the batch."""
    offending_rows: int = Field(default=5, ge=1, le=20)
    """How many rows an error shows for each expectation."""
