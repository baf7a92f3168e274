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

    Raises DataError for a batch that does not meet the suite: the message names expectations,
    counts and rows, and where the batch is kept.
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
    for name in sorted({*card.files, *(_relative(path, data) for path in data_files(data))}):
        link_file(data / name, out / name)
    emit("note", stage="validate", text=f"{config.suite}: {len(results)} expectations met")
    return _card(card, config, validation)


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _card(card: DatasetCard, config: Configuration, validation: Validation) -> DatasetCard:
    """The card of the same files, judged."""
    kept = card.model_dump(exclude={"created_at", "stage", "parents", "validation"})
    return DatasetCard.model_validate(
        {
            **kept,
            "stage": "validate",
            "parents": (card.reference(),),
            "validation": validation,
            "configuration": config.model_dump(mode="json"),
        }
    )


def judge_batches(config: Configuration, batches: Sequence[Batch]) -> list[Judgement]:
    """Every batch against the suite of `config`."""
    emit("progress", stage="validate", step=0, steps=len(batches), rows=len(batches[0].frame))
    pairs = [(batch, expectations(batch, config)) for batch in batches]
    return judge(config.suite, pairs, config.offending_rows)
