"""Files of examples that are written while they are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from museline.examples import EXAMPLES_FILE, Example, read_examples, write_examples
from museline.tasks import FAMILIES

EXAMPLES = list(FAMILIES["arithmetic"].generate(0, 10))


def test_examples_come_back_from_several_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("museline.examples.parquet.BATCH", 4)
    write_examples(tmp_path / EXAMPLES_FILE, iter(EXAMPLES))
    assert read_examples(tmp_path) == EXAMPLES
    assert parquet.ParquetFile(tmp_path / EXAMPLES_FILE).num_row_groups == 3


def test_no_examples_are_a_file_without_rows(tmp_path: Path) -> None:
    write_examples(tmp_path / EXAMPLES_FILE, [])
    assert read_examples(tmp_path) == []


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    write_examples(tmp_path / EXAMPLES_FILE, EXAMPLES[:3])

    def failing() -> Iterator[Example]:
        yield EXAMPLES[4]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        write_examples(tmp_path / EXAMPLES_FILE, failing())
    assert read_examples(tmp_path) == EXAMPLES[:3]
