"""A small data set of every modality, raw and curated, that meets its suite."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from museline.cards import DatasetCard
from museline.examples import Example, to_table
from museline.tasks import FAMILIES

DAY = datetime.timedelta(days=1)
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
Change = Callable[[pa.Table], pa.Table]


def good_examples(*, curated: bool) -> list[Example]:
    """Eight sums with their true answers, four images and four table examples."""
    plain = Example(
        id="",
        domain="vision",
        family="user",
        modality="image",
        source="test",
        licence="MIT",
        prompt="Which digit?",
        answer="7",
    )
    images = [replace(plain, id=f"image-{row}", image=b"PNG%d" % row) for row in range(4)]
    tables = [
        replace(
            plain,
            id=f"table-{row}",
            domain="health",
            modality="table",
            prompt="bmi {bmi}: high?",
            answer="no",
            entity=f"patient-{row}",
            event_time=START + row * DAY,
        )
        for row in range(4)
    ]
    examples = [*FAMILIES["arithmetic"].generate(0, 8), *images, *tables]
    if not curated:
        return examples
    return [
        replace(each, difficulty=0.5, quality=1.0, split="evaluation" if row % 2 else "train")
        for row, each in enumerate(examples)
    ]


def records(rows: int = 8) -> pa.Table:
    return pa.table(
        {
            "entity": [f"patient-{row % 4}" for row in range(rows)],
            "event_time": pa.array(
                [START + row * DAY for row in range(rows)], pa.timestamp("us", tz="UTC")
            ),
            **{
                name: [value] * rows
                for name, value in {
                    "age": 50.0,
                    "sex": 1.0,
                    "bmi": 24.5,
                    "bp": 90.0,
                    "tc": 180.0,
                    "ldl": 100.0,
                    "hdl": 50.0,
                    "tch": 4.0,
                    "ltg": 4.6,
                    "glu": 90.0,
                }.items()
            },
        }
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def data_set(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with a data set; `change` and `change_records` spoil its tables."""

    def make(
        *, curated: bool = False, change: Change | None = None, change_records: Change | None = None
    ) -> Path:
        folder = tmp_path / "data"
        (folder / "records").mkdir(parents=True)
        table = to_table(good_examples(curated=curated))
        parquet.write_table(change(table) if change else table, folder / "examples.parquet")
        measured = records()
        measured = change_records(measured) if change_records else measured
        parquet.write_table(measured, folder / "records" / "diabetes.parquet")
        card = DatasetCard(
            stage="collect",
            sources=("test",),
            licences=("MIT",),
            examples=table.num_rows,
            by_domain={},
            by_modality={},
            files={"examples.parquet": "0"},
        )
        card.write(folder)
        return folder

    return make
