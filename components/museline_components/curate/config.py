"""The configuration of curate."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from museline.config import Config


class Cleaning(Config):
    """How texts are mended, and how long they may be (in characters)."""

    maximum_prompt: int = Field(default=4000, ge=1)
    """Longer prompts are dropped."""
    maximum_answer: int = Field(default=256, ge=1)
    """Longer answers are dropped."""
    mask_personal_data: bool = True
    """Replace e-mail addresses, phone, card and bank account numbers by <email>, <phone>, ..."""
    phone_regions: tuple[str, ...] = ("US", "GB")
    """ISO codes of the regions whose national numbers are known; +-numbers are known everywhere."""


class Deduplication(Config):
    """What counts as the same example twice."""

    enabled: bool = True
    threshold: float = Field(default=0.9, gt=0.5, le=1)
    """Estimated Jaccard similarity of character n-grams from which two prompts are the same."""
    characters: int = Field(default=5, ge=2, le=20)
    """Length of an n-gram, in characters."""
    minimum_length: int = Field(default=200, ge=1)
    """Shorter prompts (in characters) are only compared as a whole: one word makes another task."""
    permutations: Literal[64, 128] = 64
    """Length of a MinHash signature; 128 estimates finer and costs twice as much."""


class Labelling(Config):
    """What is done with answers that the family's solver contradicts."""

    on_wrong_label: Literal["correct", "drop"] = "correct"


class Routing(Config):
    """Shares of the splits, by a stable hash; train takes the rest."""

    validation: float = Field(default=0.05, ge=0, lt=1)
    evaluation: float = Field(default=0.1, ge=0, lt=1)
    minimum_quality: float = Field(default=0.4, ge=0, le=1)
    """Examples below it go to quarantine."""
    salt: str = "museline"
    """Another salt gives another split."""

    @model_validator(mode="after")
    def _train_remains(self) -> Routing:
        if self.validation + self.evaluation >= 1:
            raise ValueError("validation and evaluation leave nothing to train on")
        return self


class Decontamination(Config):
    """When a training example gives an evaluation case away."""

    enabled: bool = True
    words: int = Field(default=3, ge=2, le=13)
    """Length of an n-gram, in words; numbers and signs are words."""
    overlap: float = Field(default=0.8, gt=0, le=1)
    """Share of a long case that gives it away, where numbers and answer are the same too."""
    minimum_ngrams: int = Field(default=5, ge=1)
    """A text that holds all n-grams of a case gives it away, if the case has this many."""
    long_case: int = Field(default=30, ge=1)
    """A share of a case's n-grams gives it away, if the case has this many."""
    template_limit: int = Field(default=10, ge=1)
    """N-grams in more evaluation cases than this are a template's, and no evidence."""


class Configuration(Config):
    """How examples are curated."""

    cleaning: Cleaning = Cleaning()
    labelling: Labelling = Labelling()
    deduplication: Deduplication = Deduplication()
    routing: Routing = Routing()
    decontamination: Decontamination = Decontamination()
    cpus: int = Field(default=2, ge=1)
    """Logical CPUs of a local Ray session."""
