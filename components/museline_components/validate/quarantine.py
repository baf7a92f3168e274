"""Keeps a batch that failed, so that a person can look at it."""

from __future__ import annotations

import json
from pathlib import Path

from museline.cards import DatasetCard
from museline.errors import DataError
from museline.storage import Home, link_file, staged_folder, write_text
from museline_components.validate.batch import data_files
from museline_components.validate.data_docs import DATA_DOCS, INDEX

REASON_FILE = "reason.json"


def keep_apart(
    suite: str, card: DatasetCard, data: Path, docs: Path, error: DataError
) -> DataError:
    """Keep the files of `data` with the reason in the home's quarantine, whole or not at all.

    Returns `error` with the place and the way out.
    """
    folder = Home.find().quarantine / f"{suite}-{card.digest()[:12]}"
    with staged_folder(folder) as partial:
        for path in data_files(data):
            link_file(path, partial / path.relative_to(data))
        for path in docs.glob("*"):
            link_file(path, partial / DATA_DOCS / path.name)
        card.write(partial)
        reason = {
            "suite": suite,
            "what": error.what,
            "failures": str(error.value).strip().split("\n"),
            "from": str(data),
        }
        write_text(partial / REASON_FILE, json.dumps(reason, indent=2, ensure_ascii=False) + "\n")
    return DataError(
        error.what,
        value=error.value,
        mend=(
            f"open {folder / DATA_DOCS / INDEX} in a browser (the batch is kept in {folder}), "
            "mend these rows in the source, and run again"
        ),
    )
