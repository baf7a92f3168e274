"""Feast's joins against a brute-force search, on real repositories."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museline.cards import DatasetCard, Dropped
from museline.errors import DataError
from museline.examples import Example, example_id, read_examples, write_examples
from museline.features import online_values, open_store
from museline_components.featurize.config import Configuration
from museline_components.featurize.repository import Moment, make_repository, values_at
from museline_components.featurize.step import NO_VALUES, NO_VIEW, run

pytestmark = pytest.mark.integration
DataSet = Callable[..., Path]
MICROSECOND = datetime.timedelta(microseconds=1)
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
Row = dict[str, object]


def day(number: float) -> datetime.datetime:
    return START + datetime.timedelta(days=number)


def write_records(path: Path, rows: Sequence[Row]) -> Path:
    """Columns entity and event_time, and a column of numbers for each further name."""
    names = [name for name in rows[0] if name not in ("entity", "event_time")]
    schema = pa.schema(
        [
            ("entity", pa.string()),
            ("event_time", pa.timestamp("us", tz="UTC")),
            *(
                (name, pa.int64() if isinstance(rows[0][name], int) else pa.float64())
                for name in names
            ),
        ]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
    return path


def question(entity: str | None, when: float, prompt: str = "bmi {bmi} age {age}") -> Example:
    return Example(
        id=example_id("test", f"{entity} {when}", prompt),
        domain="health",
        family="user",
        modality="table",
        source="test",
        licence="MIT",
        prompt=prompt,
        answer="yes",
        entity=entity,
        event_time=day(when),
        split="train",
    )


PATIENTS: list[Row] = [
    {"entity": entity, "event_time": day(when), "bmi": bmi, "age": age}
    for entity, when, bmi, age in [
        ("ann", 0, 20.25, 50),
        ("ann", 10, 21.123456, 51),
        ("ann", 20, 22.0, 52),
        ("bob", 5, 30.5, 60),
    ]
]
TREES: list[Row] = [
    {"entity": "oak", "event_time": day(3), "height": 12.5, "age": 80},
    {"entity": "oak", "event_time": day(30), "height": 13.0, "age": 81},
]


@pytest.fixture
def data_set(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with examples and with one file of records per view."""

    def make(
        examples: Sequence[Example], views: dict[str, Sequence[Row]], name: str = "data"
    ) -> Path:
        folder = tmp_path / name
        write_examples(folder / "examples.parquet", examples)
        for view, rows in views.items():
            write_records(folder / "records" / f"{view}.parquet", rows)
        DatasetCard(
            stage="curate",
            sources=("test",),
            licences=("MIT",),
            examples=len(examples),
            by_domain={},
            by_modality={},
            files={},
        ).write(folder)
        return folder

    return make


ENTITIES = ("ann", "bob", "eve")


def brute_force(rows: list[Row], moment: Moment) -> dict[str, object] | None:
    """The features of the newest record of the entity that is not later than the moment."""
    entity, time = moment
    past = [row for row in rows if row["entity"] == entity and row["event_time"] <= time]
    if not past:
        return None
    newest = max(past, key=lambda row: row["event_time"])
    return {name: newest[name] for name in newest if name not in ("entity", "event_time")}


times = st.builds(
    lambda number, offset: day(number) + offset * MICROSECOND,
    st.integers(0, 6),
    st.sampled_from([-1, 0, 1]),
)
record_rows = st.lists(
    st.tuples(st.sampled_from(ENTITIES[:2]), times, st.floats(-1e6, 1e6), st.integers(0, 99)),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[:2],
)
moments = st.lists(st.tuples(st.sampled_from(ENTITIES), times), min_size=1, max_size=12)


@settings(max_examples=20, deadline=None)
@given(record_rows, moments)
def test_values_are_those_of_the_newest_record_that_is_not_later(
    drawn: list[tuple[str, datetime.datetime, float, int]], asked: list[Moment]
) -> None:
    rows: list[Row] = [
        {"entity": entity, "event_time": time, "bmi": bmi, "age": age}
        for entity, time, bmi, age in drawn
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = write_records(Path(folder) / "patients.parquet", rows)
        store = make_repository(Path(folder) / "repo", {"patients": path}, Configuration())
        found = values_at(store, "patients", asked)
        expected = {moment: brute_force(rows, moment) for moment in asked}
        assert found == {moment: each for moment, each in expected.items() if each is not None}
        end = day(1000)
        for entity in {row["entity"] for row in rows}:
            assert online_values(store, "patients", str(entity)) == brute_force(
                rows, (str(entity), end)
            )


def test_prompts_are_filled_as_of_their_time(data_set: DataSet, tmp_path: Path) -> None:
    text = question("ann", 1, "a set {bmi}")
    examples = [
        question("ann", 0),
        question("ann", 9.5),
        question("ann", 10),
        question("ann", 99),
        question("ann", 99, "{age}?"),
        question("oak", 4, "height {height} age {age}"),
        question("oak", 4, "age {age}"),
        question("ann", -1),
        question("nobody", 50),
        question("ann", 50, "{shoe_size}"),
        type(text)(**{name: getattr(text, name) for name in text.__slots__} | {"modality": "text"}),
    ]
    data = data_set(examples, {"patients": PATIENTS, "trees": TREES})
    out = tmp_path / "out"
    card = run(Configuration(), {"data": data}, out)
    filled = read_examples(out)
    assert [each.prompt for each in filled] == [
        "bmi 20.25 age 50",
        "bmi 20.25 age 50",
        "bmi 21.12 age 51",
        "bmi 22 age 52",
        "52?",
        "height 12.5 age 80",
        "age 80",
        "bmi {bmi} age {age}",
        "bmi {bmi} age {age}",
        "{shoe_size}",
        "a set {bmi}",
    ]
    assert [each.id for each in filled] == [each.id for each in examples]
    assert [each.split for each in filled] == [*["train"] * 7, *["quarantine"] * 3, "train"]
    assert card.dropped == (
        Dropped(step="featurize", reason=NO_VALUES, count=2),
        Dropped(step="featurize", reason=NO_VIEW, count=1),
    )
    assert card.by_split == {"quarantine": 3, "train": 8}
    assert card.feature_views == ("patients", "trees")
    assert card.parents == (DatasetCard.read(data).reference(),)
    assert (out / "records" / "trees.parquet").samefile(data / "records" / "trees.parquet")


@pytest.mark.parametrize("when", [0, 5, 10, 12.25, 25])
def test_no_value_from_the_future_leaks(when: float, data_set: DataSet, tmp_path: Path) -> None:
    """Spikes after the examples' time, the first by a microsecond, change no prompt."""
    examples = [question(entity, when) for entity in ("ann", "bob")]
    spikes: list[Row] = [
        {"entity": entity, "event_time": day(when) + later, "bmi": 777777.0, "age": 777}
        for entity in ("ann", "bob")
        for later in (MICROSECOND, datetime.timedelta(seconds=1), datetime.timedelta(days=400))
    ]
    prompts = {}
    for name, rows in {"clean": PATIENTS, "spiked": [*PATIENTS, *spikes]}.items():
        out = tmp_path / f"{name}-out"
        run(Configuration(), {"data": data_set(examples, {"patients": rows}, name=name)}, out)
        prompts[name] = [each.prompt for each in read_examples(out)]
    assert prompts["spiked"] == prompts["clean"]
    assert not any("777" in prompt for prompt in prompts["spiked"])
    store = open_store(tmp_path / "spiked-out" / "feature_repo")
    assert online_values(store, "patients", "ann") == {"bmi": 777777.0, "age": 777}


def test_the_repository_can_be_moved(data_set: DataSet, tmp_path: Path) -> None:
    data = data_set([question("ann", 12)], {"patients": PATIENTS})
    out = tmp_path / "key.partial"
    run(Configuration(), {"data": data}, out)
    for path in (out / "feature_repo").rglob("*"):
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes(), path.name
    moved = tmp_path / "elsewhere" / "repo"
    moved.parent.mkdir()
    (out / "feature_repo").rename(moved)
    shutil.rmtree(out)
    store = open_store(moved)
    assert online_values(store, "patients", "ann") == {"bmi": 22.0, "age": 52}
    assert values_at(store, "patients", [("ann", day(12))]) == {
        ("ann", day(12)): {"bmi": 21.123456, "age": 51}
    }


def test_a_second_attempt_goes_over_what_a_killed_one_left(
    data_set: DataSet, tmp_path: Path
) -> None:
    data = data_set([question("ann", 12)], {"patients": PATIENTS})
    out = tmp_path / "out"
    (out / "feature_repo").mkdir(parents=True)
    (out / "feature_repo" / "registry.db").write_text("half a registry")
    (out / "feature_repo" / "online_store.db").write_text("half a store")
    run(Configuration(), {"data": data}, out)
    assert read_examples(out)[0].prompt == "bmi 21.12 age 51"


def test_without_records_there_is_nothing_to_fill(data_set: DataSet, tmp_path: Path) -> None:
    data = data_set([question("ann", 12), question("ann", 1, "plain")], {})
    card = run(Configuration(), {"data": data}, tmp_path / "out")
    assert [each.split for each in read_examples(tmp_path / "out")] == ["quarantine", "train"]
    assert card.feature_views == ()
    assert card.dropped == (Dropped(step="featurize", reason=NO_VIEW, count=1),)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"entity": "ann", "event_time": day(0), "name": "Ann"}, "feature name is not a number"),
        ({"entity": "ann", "bmi": 20.5}, "lacks the columns event_time"),
    ],
)
def test_records_that_are_none(row: Row, message: str, tmp_path: Path) -> None:
    path = tmp_path / "patients.parquet"
    parquet.write_table(pa.Table.from_pylist([row]), path)
    with pytest.raises(DataError, match=message):
        make_repository(tmp_path / "repo", {"patients": path}, Configuration())


def test_numbers_of_other_sizes_and_empty_cells(tmp_path: Path) -> None:
    table = pa.table(
        {
            "entity": pa.array(["ann", "bob"], pa.large_string()),
            "event_time": pa.array([day(0), day(1)], pa.timestamp("ms", tz="UTC")),
            "small": pa.array([0.5, 1.25], pa.float32()),
            "tiny": pa.array([1, None], pa.int8()),
        }
    )
    path = tmp_path / "patients.parquet"
    parquet.write_table(table, path)
    store = make_repository(tmp_path / "repo", {"patients": path}, Configuration())
    moments = [("ann", day(2)), ("bob", day(2))]
    assert values_at(store, "patients", moments) == {
        moments[0]: {"small": 0.5, "tiny": 1},
        moments[1]: {"small": 1.25, "tiny": None},
    }
    assert online_values(store, "patients", "ann") == {"small": 0.5, "tiny": 1}
    assert online_values(store, "patients", "bob") == {"small": 1.25}


def test_unknown_views_entities_and_folders_are_said(data_set: DataSet, tmp_path: Path) -> None:
    data = data_set([question("ann", 12)], {"patients": PATIENTS})
    run(Configuration(), {"data": data}, tmp_path / "out")
    store = open_store(tmp_path / "out" / "feature_repo")
    with pytest.raises(DataError, match="no such feature view"):
        online_values(store, "patient", "ann")
    with pytest.raises(DataError, match="no features for this entity"):
        online_values(store, "patients", "zoe")
    with pytest.raises(DataError, match="no feature repository here"):
        open_store(tmp_path)
