"""The card of a data set, written by collect, validate, curate and featurize."""

from __future__ import annotations

from typing import ClassVar

from museline.cards.base import Card, CardPart


class Dropped(CardPart):
    """How many examples a step left out, and why."""

    step: str
    reason: str
    count: int


class Change(CardPart):
    """How many changes a step made to examples that it kept."""

    step: str
    change: str
    count: int


class ExpectationResult(CardPart):
    """One expectation over a batch: `failing` of `rows` rows did not meet it."""

    expectation: str
    column: str | None
    met: bool
    rows: int
    failing: int


class Validation(CardPart):
    """The outcome of one Great Expectations suite. `data_docs` is relative to the card's folder."""

    suite: str
    met: bool
    results: tuple[ExpectationResult, ...]
    data_docs: str | None = None


class DatasetCard(Card):
    """Says what a folder of Parquet files holds. `files` maps relative names to SHA-256 digests."""

    KIND: ClassVar[str] = "DatasetCard"

    stage: str
    sources: tuple[str, ...]
    licences: tuple[str, ...]
    examples: int
    by_domain: dict[str, int]
    by_modality: dict[str, int]
    by_split: dict[str, int] = {}
    files: dict[str, str]
    dropped: tuple[Dropped, ...] = ()
    changes: tuple[Change, ...] = ()
    validation: Validation | None = None
    feature_views: tuple[str, ...] = ()
    configuration: dict[str, object] = {}
