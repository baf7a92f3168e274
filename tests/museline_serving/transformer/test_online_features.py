"""What a request's prompt becomes, and that it is what training saw."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from museline.cards import DatasetCard
from museline.errors import DataError
from museline.examples import Example, read_examples, write_examples
from museline_components.featurize.config import Configuration
from museline_components.featurize.step import run
from museline_serving.transformer import OnlineFeatures

pytestmark = pytest.mark.integration
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
LATE = START + datetime.timedelta(days=100)
TEMPLATE = "radius {radius} area {area} count {count} tiny {tiny}"
PEOPLE = [f"p{number}" for number in range(5)]


def records() -> pa.Table:
    rows = [
        {
            "entity": person,
            "event_time": START + datetime.timedelta(days=7 * visit, hours=number),
            "radius": 14.0 + number * 1.23456789 + visit / 3,
            "area": 1000.0 + number * 321.987 + visit,
            "count": number * 1000 + visit,
            "tiny": 1e-7 * (number + visit + 1) / 3,
        }
        for number, person in enumerate(PEOPLE)
        for visit in range(4)
    ]
    schema = pa.schema(
        [
            ("entity", pa.string()),
            ("event_time", pa.timestamp("us", tz="UTC")),
            ("radius", pa.float64()),
            ("area", pa.float32()),
            ("count", pa.int32()),
            ("tiny", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


@pytest.fixture(scope="module")
def featurized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of featurize for one question per person, asked after all their records."""
    data = tmp_path_factory.mktemp("data")
    examples = [
        Example(
            id=person,
            domain="health",
            family="user",
            modality="table",
            source="test",
            licence="MIT",
            prompt=TEMPLATE,
            answer="yes",
            entity=person,
            event_time=LATE,
            split="train",
        )
        for person in PEOPLE
    ]
    write_examples(data / "examples.parquet", examples)
    (data / "records").mkdir()
    parquet.write_table(records(), data / "records" / "cells.parquet")
    counted = records().select(["entity", "event_time", "count"])
    strangers = pa.array([f"stranger-{row}" for row in range(len(counted))])
    parquet.write_table(
        counted.set_column(0, "entity", strangers), data / "records" / "a_strangers.parquet"
    )
    DatasetCard(
        stage="curate",
        sources=("test",),
        licences=("MIT",),
        examples=len(examples),
        by_domain={},
        by_modality={},
        files={},
    ).write(data)
    out = tmp_path_factory.mktemp("out")
    run(Configuration(), {"data": data}, out)
    return out


@pytest.fixture(scope="module")
def online(featurized: Path) -> OnlineFeatures:
    return OnlineFeatures(featurized / "feature_repo")


def test_training_and_serving_see_the_same(featurized: Path, online: OnlineFeatures) -> None:
    trained = {each.entity: each.prompt for each in read_examples(featurized)}
    served = {person: online.render(person, TEMPLATE) for person in PEOPLE}
    assert served == trained
    assert len(set(served.values())) == len(PEOPLE)
    assert served["p0"] == "radius 15 area 1003 count 3 tiny 0.0000001333"


def test_the_extra_field_of_a_request_fills_its_prompt(online: OnlineFeatures) -> None:
    asked = {"features": {"view": "cells", "entity": "p1"}}
    assert online.fill(asked, "count {count}?") == "count 1003?"
    assert online.fill({"features": {"entity": "p1"}}, "count {count}?") == "count 1003?"
    assert online.fill({"features": {"entity": "stranger-0"}}, "count {count}?") == "count 0?"
    assert online.fill(asked, "nothing to fill") == "nothing to fill"


@pytest.mark.parametrize("extra", [None, {}, {"other": 1}, {"features": None}])
def test_without_the_field_the_prompt_stays(
    extra: dict[str, object] | None, online: OnlineFeatures
) -> None:
    assert online.fill(extra, "a set {count}") == "a set {count}"


@pytest.mark.parametrize(
    ("asked", "prompt", "message"),
    [
        ({"view": "cells", "entity": "nobody"}, "{count}", "no features for this entity"),
        ({"view": "sells", "entity": "p1"}, "{count}", "no such feature view"),
        ({"view": "cells", "entity": "p1"}, "{shoe_size}", "no value for the placeholder"),
        ({"entity": "p1"}, "{shoe_size}", "no feature view has all placeholders"),
        ({"view": "cells"}, "{count}", "is not understood"),
        ({"entity": 7}, "{count}", "is not understood"),
        ({"entity": "p1", "view": 7}, "{count}", "is not understood"),
        ("p1", "{count}", "is not understood"),
    ],
)
def test_what_cannot_be_filled_is_said(
    asked: object, prompt: str, message: str, online: OnlineFeatures
) -> None:
    with pytest.raises(DataError, match=message):
        online.fill({"features": asked}, prompt)


def test_opening_ahead_of_time_finds_a_missing_repository(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no feature repository here"):
        OnlineFeatures(tmp_path).open()


def test_threads_may_share_it(featurized: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    shared = OnlineFeatures(featurized / "feature_repo")
    with ThreadPoolExecutor(8) as pool:
        prompts = list(pool.map(lambda person: shared.render(person, TEMPLATE), PEOPLE * 8))
    assert prompts == [each.prompt for each in read_examples(featurized)] * 8
