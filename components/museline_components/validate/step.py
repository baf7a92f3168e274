"""Judges a data set by a suite; good ones pass on, bad ones are kept apart and stop the run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from museline.cards import DatasetCard, Validation
from museline.progress import emit
from museline.storage import link_file
from museline_components.validate.batch import Batch, data_files, read_batches
from museline_components.validate.config import Configuration
from museline_components.validate.data_docs import DATA_DOCS, write_data_docs
from museline_components.validate.judge import Judgement, judge
from museline_components.validate.quarantine import keep_apart
from museline_components.validate.report import failure
from museline_components.validate.suites import expectations


def run(config: Configuration, inputs: Mapping[str, Path], out: Path) -> DatasetCard:
    """Validate `inputs["data"]` and pass its files on into `out`, with Data Docs.

    Raises DataError for a batch that does not meet the suite: the message names expectations, counts
    and rows, and where the batch is kept.
    """
    data = inputs["data"]
    card = DatasetCard.read(data)
    batches = read_batches(data, judge=config.suite != "raw")
    judgements = judge_batches(config, batches)
    docs = out / DATA_DOCS
    shutil.rmtree(docs, ignore_errors=True)
    index = write_data_docs(docs, config.suite, judgements)
    results = tuple(each.result for judgement in judgements for each in judgement.verdicts)
    validation = Validation(
        suite=config.suite,
        met=all(each.met for each in results),
        results=results,
        data_docs=index.relative_to(out).as_posix(),
    )
    if not validation.met:
        error = failure(config, judgements)
        raise keep_apart(config.suite, card, data, docs, error)
    for path in data_files(data):
        link_file(path, out / path.relative_to(data))
    emit("note", stage="validate", text=f"{config.suite}: {len(results)} expectations met")
    return card.model_copy(
        update={"stage": "validate", "parents": (card.reference(),), "validation": validation}
    )


def judge_batches(config: Configuration, batches: Sequence[Batch]) -> list[Judgement]:
    """Every batch against the suite of `config`."""
    emit("progress", stage="validate", step=0, steps=len(batches), rows=len(batches[0].frame))
    pairs = [(batch, expectations(batch, config)) for batch in batches]
    return judge(config.suite, pairs, config.offending_rows)
