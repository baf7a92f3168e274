"""The stage on Ray: counts add up, bytes repeat, records are passed on, bad input is named."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from museline.cards import DatasetCard
from museline.compute import ray_session
from museline.errors import DataError
from museline.examples import (
    EXAMPLES_FILE,
    ROW_GROUP,
    read_examples,
    read_table,
    to_table,
    write_examples,
)
from museline.storage import digest_file
from museline.tasks import FAMILIES
from museline_components.curate.config import Cleaning, Configuration, Labelling
from museline_components.curate.step import run

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
]


def data_set(folder, examples):
    folder.mkdir(parents=True)
    write_examples(folder / EXAMPLES_FILE, examples)
    (folder / "records").mkdir()
    parquet.write_table(pa.table({"entity": ["a"]}), folder / "records" / "patients.parquet")
    DatasetCard(
        stage="collect",
        sources=("test",),
        licences=("CC0-1.0",),
        examples=len(examples),
        by_domain={},
        by_modality={},
        files={},
        feature_views=("patients",),
    ).write(folder)
    return folder


@pytest.fixture(scope="module")
def _session():
    with ray_session():
        yield


@pytest.fixture(scope="module")
def examples():
    made = [each for family in FAMILIES.values() for each in family.generate(9, 700)]
    wrong = dataclasses.replace(made[3], id="wrong", answer="no", prompt="W", parameters=
                                made[3].parameters.replace('"a": ', '"a": 9'))  # fmt: skip
    own = dataclasses.replace(made[0], family="user", parameters="{}", domain="custom")
    lines = [
        dataclasses.replace(own, id=f"own-{at}", prompt=f"Ask {at % 200} of a{at}@example.org")
        for at in range(400)
    ]
    return made + made[:120] + [wrong, dataclasses.replace(own, prompt=" ")] + lines


@pytest.fixture(scope="module")
def data(examples, tmp_path_factory):
    return data_set(tmp_path_factory.mktemp("curate") / "data", examples)


@pytest.mark.integration
@pytest.mark.usefixtures("_session")
def test_counts_add_up_and_the_order_is_by_id(data, examples, tmp_path):
    assert parquet.ParquetFile(data / EXAMPLES_FILE).metadata.num_row_groups == 2
    card = run(Configuration(), {"data": data}, tmp_path)
    table = read_table(tmp_path)
    dropped = {each.reason: each.count for each in card.dropped}
    assert card.examples + sum(dropped.values()) == len(examples)
    assert card.examples == table.num_rows == sum(card.by_split.values())
    assert sum(card.by_domain.values()) == sum(card.by_modality.values()) == table.num_rows
    assert dropped == {"same task": 120, "empty prompt": 1, "same prompt": 200}
    changes = {each.change: each.count for each in card.changes}
    assert changes["email masked"] == 200  # in the rows that stay
    assert changes["answer corrected"] == 1
    ids = table["id"].to_pylist()
    assert ids == sorted(ids)
    assert card.files[EXAMPLES_FILE] == digest_file(tmp_path / EXAMPLES_FILE)
    assert set(card.by_split) <= {"train", "validation", "evaluation", "quarantine"}
    assert card.feature_views == ("patients",)
    assert card.parents[0].kind == "DatasetCard"
    assert card.sources == tuple(sorted({each.source for each in examples}))


@pytest.mark.integration
@pytest.mark.usefixtures("_session")
def test_equal_input_gives_equal_bytes_and_records_are_linked(data, tmp_path):
    cards = [run(Configuration(), {"data": data}, tmp_path / each) for each in "ab"]
    assert cards[0].files == cards[1].files
    assert (tmp_path / "a" / EXAMPLES_FILE).read_bytes() == (
        tmp_path / "b" / EXAMPLES_FILE
    ).read_bytes()
    record = tmp_path / "a" / "records" / "patients.parquet"
    assert record.stat().st_ino == (data / "records" / "patients.parquet").stat().st_ino


@pytest.mark.integration
@pytest.mark.usefixtures("_session")
def test_what_a_killed_attempt_left_does_no_harm(data, tmp_path):
    (tmp_path / f".{EXAMPLES_FILE}.partial").write_bytes(b"half a file")
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "patients.parquet").write_bytes(b"half")
    run(Configuration(), {"data": data}, tmp_path)
    assert read_table(tmp_path).num_rows > 0
    assert {each.name for each in tmp_path.iterdir()} == {EXAMPLES_FILE, "records"}
    assert parquet.read_table(tmp_path / "records" / "patients.parquet").num_rows == 1


@pytest.mark.integration
@pytest.mark.usefixtures("_session")
def test_wrong_answers_are_dropped_where_that_is_configured(tmp_path, examples):
    few = [*examples[:30], dataclasses.replace(examples[40], answer="wrong")]
    data = data_set(tmp_path / "data", few)
    config = Configuration(labelling=Labelling(on_wrong_label="drop"))
    card = run(config, {"data": data}, tmp_path / "out")
    assert [(each.step, each.reason, each.count) for each in card.dropped] == [
        ("label", "wrong answer", 1)
    ]
    assert {each.answer for each in read_examples(tmp_path / "out")} <= {
        each.answer for each in few
    }


@pytest.mark.integration
@pytest.mark.usefixtures("_session")
def test_nothing_left_to_train_on_says_why(tmp_path, examples):
    data = data_set(tmp_path / "data", examples[:20])
    config = Configuration(cleaning=Cleaning(maximum_prompt=2))
    with pytest.raises(DataError, match="none is left to train on") as caught:
        run(config, {"data": data}, tmp_path / "out")
    assert "20 clean: prompt longer than 2 characters" in str(caught.value)


def test_one_large_row_group_is_read_in_pieces(tmp_path):
    from museline_components.curate.pipeline import fragments

    examples = list(FAMILIES["arithmetic"].generate(1, 300)) * 33
    parquet.write_table(to_table(examples), tmp_path / "large.parquet")
    pieces = fragments(tmp_path / "large.parquet")
    assert [piece["first"] for piece in pieces] == [0, ROW_GROUP, 2 * ROW_GROUP]
    assert sum(piece["rows"] for piece in pieces) == len(examples)


def test_an_empty_set_is_refused(tmp_path):
    data = data_set(tmp_path / "data", [])
    with pytest.raises(DataError, match="not one example"):
        run(Configuration(), {"data": data}, tmp_path / "out")


def test_a_missing_column_is_named(tmp_path):
    data = data_set(tmp_path / "data", list(FAMILIES["arithmetic"].generate(1, 3)))
    table = read_table(data).drop_columns(["answer", "domain"])
    parquet.write_table(table, data / EXAMPLES_FILE)
    with pytest.raises(DataError, match="lacks the columns domain, answer"):
        run(Configuration(), {"data": data}, tmp_path / "out")


def test_no_file_and_a_file_that_is_not_parquet_are_refused(tmp_path):
    with pytest.raises(DataError, match="no file of examples"):
        run(Configuration(), {"data": tmp_path}, tmp_path / "out")
    (tmp_path / EXAMPLES_FILE).write_text("{}")
    with pytest.raises(DataError, match="not Parquet"):
        run(Configuration(), {"data": tmp_path}, tmp_path / "out")
