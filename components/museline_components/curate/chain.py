"""The steps in their order, as functions on a batch."""

from __future__ import annotations

from typing import Any

from museline.examples import example_schema
from museline_components.curate import batches
from museline_components.curate.clean import clean
from museline_components.curate.config import Configuration
from museline_components.curate.decontaminate import Sketch, decontaminate
from museline_components.curate.deduplicate import mark
from museline_components.curate.label import label
from museline_components.curate.route import route
from museline_components.curate.score import score

NULL_TEXTS = {"parameters": "{}", "prompt": "", "answer": ""}


def admit(table: Any, first_row: int = 0) -> Any:
    """A table as it was read, in the one schema and with the working columns.

    Missing texts become empty ones, which `clean` drops with its reason.
    """
    schema = example_schema()
    table = table.select(schema.names)
    for name, text in NULL_TEXTS.items():
        index = table.column_names.index(name)
        filled = table[name].cast(schema.field(name).type).fill_null(text)
        table = table.set_column(index, schema.field(name), filled)
    return batches.begin(table.cast(schema), first_row)


def prepare(table: Any, config: Configuration) -> Any:
    """The steps that look at one row at a time."""
    table = label(clean(table, config.cleaning), config.labelling)
    return route(score(table), config.routing)


def finish(table: Any, duplicates: Any, sketch: Sketch | None, config: Configuration) -> Any:
    """What the whole set decided, applied to a batch: duplicates and leaks are marked as dropped.

    `duplicates` as `deduplicate.decisions` gives them; without a sketch no leak is looked for.
    """
    table = mark(table, *duplicates)
    return table if sketch is None else decontaminate(table, sketch, config.decontamination)
