"""Suites pass on good data, and name each planted fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from museline.cards import DatasetCard
from museline.errors import DataError
from museline_components.validate.batch import read_batches
from museline_components.validate.config import Configuration
from museline_components.validate.report import failure
from museline_components.validate.step import judge_batches, run

# what Great Expectations' own dependencies say while they are imported
pytestmark = [
    pytest.mark.filterwarnings("ignore:Please install grpcio-status:ImportWarning"),
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
]
DataSet = Callable[..., Path]
Change = Callable[[pa.Table], pa.Table]


def put(column: str, values: dict[int, Any]) -> Change:
    """Replaces some rows' values of a column."""

    def change(table: pa.Table) -> pa.Table:
        cells = table[column].to_pylist()
        for row, value in values.items():
            cells[row] = value
        array = pa.array(cells, table.schema.field(column).type)
        return table.set_column(table.column_names.index(column), column, array)

    return change


def retyped(column: str, kind: pa.DataType) -> Change:
    def change(table: pa.Table) -> pa.Table:
        array = pa.nulls(len(table), kind)
        return table.set_column(table.column_names.index(column), column, array)

    return change


def without(column: str) -> Change:
    return lambda table: table.drop_columns([column])


def no_rows(table: pa.Table) -> pa.Table:
    return table.slice(0, 0)


def repeated(table: pa.Table) -> pa.Table:
    """The first row a second time under another id."""
    copy = put("id", {0: "again"})(table).slice(0, 1)
    return pa.concat_tables([table, copy.cast(table.schema)])


RAW_FAULTS: dict[str, tuple[Change, str]] = {
    "missing column": (without("licence"), "expect_column_to_exist on licence"),
    "missing image": (without("image"), "expect_column_to_exist on image_bytes"),
    "wrong type": (
        retyped("difficulty", pa.string()),
        "examples fields: expect_column_values_to_be_in_set on examples fields.type "
        "where field == difficulty: 1 of 1 rows fail",
    ),
    "no rows": (no_rows, "expect_table_row_count_to_be_between: 0 of 0 rows fail"),
    "duplicate id": (
        put("id", {0: "image-0"}),
        "expect_column_values_to_be_unique on id: 2 of 16 rows fail",
    ),
    "null id": (put("id", {3: None}), "expect_column_values_to_not_be_null on id: 1 of 16 rows"),
    "unknown domain": (
        put("domain", {1: "astrology", 2: "luck"}),
        "expect_column_values_to_be_in_set on domain: 2 of 16 rows fail",
    ),
    "unknown modality": (put("modality", {1: "smell"}), "in_set on modality: 1 of 16"),
    "long prompt": (put("prompt", {0: "x" * 20_001}), "lengths_to_be_between on prompt: 1 of 16"),
    "empty answer": (put("answer", {5: ""}), "lengths_to_be_between on answer: 1 of 16"),
    "blank answer": (put("answer", {5: " \n"}), "to_match_regex on answer: 1 of 16"),
    "no licence": (put("licence", {4: ""}), "lengths_to_be_between on licence: 1 of 16"),
    "broken parameters": (put("parameters", {0: "{"}), "json_parseable on parameters: 1 of 16"),
    "no image": (
        put("image", {9: None}),
        "expect_column_values_to_not_be_null on image_bytes where modality == image: 1 of 4",
    ),
    "image of a text": (
        put("image", {0: b"PNG"}),
        "expect_column_values_to_be_null on image_bytes where modality != image: 1 of 12",
    ),
    "no entity": (put("entity", {12: None}), "on entity where modality == table: 1 of 4"),
    "no time": (put("event_time", {12: None}), "on event_time where modality == table: 1 of 4"),
    "difficulty": (put("difficulty", {0: 1.5}), "to_be_between on difficulty: 1 of 16"),
    "quality": (put("quality", {0: -0.1}), "to_be_between on quality: 1 of 16"),
}

CURATED_FAULTS: dict[str, tuple[Change, str]] = {
    "no split": (put("split", {0: None}), "expect_column_values_to_not_be_null on split: 1 of 16"),
    "unknown split": (put("split", {0: "exam"}), "in_set on split: 1 of 16"),
    "no evaluation": (put("split", dict.fromkeys(range(16), "train")), "missing: evaluation"),
    "no difficulty": (
        put("difficulty", {2: None}),
        "not_be_null on difficulty where split != quarantine: 1 of 16",
    ),
    "exact duplicate": (repeated, "be_unique on content where split != quarantine: 2 of 17"),
    "wrong answer": (put("answer", {0: "-123456"}), "in_set on answer_right where split"),
    "unsolvable": (put("parameters", {0: "{}"}), "in_set on answer_right where split"),
    "e-mail": (
        put("prompt", {13: "ask a.person@mail.example.org"}),
        "not_match_regex on prompt where split != quarantine: 1 of 16 rows fail (e-mail",
    ),
    "telephone": (
        put("prompt", {13: "call +1 212-555-0114 now"}),
        "not_match_regex on prompt where split != quarantine: 1 of 16 rows fail (telephone",
    ),
}

RECORD_FAULTS: dict[str, tuple[Change, str]] = {
    "no entity": (put("entity", {0: None}), "not_be_null on diabetes.entity: 1 of 8"),
    "missing column": (without("event_time"), "expect_column_to_exist on diabetes.event_time"),
    "missing feature": (without("bmi"), "expect_column_to_exist on diabetes.bmi"),
    "out of range": (put("bmi", {1: 0.0, 2: 1e9}), "to_be_between on diabetes.bmi: 2 of 8"),
    "infinite": (put("glu", {1: float("inf")}), "to_be_between on diabetes.glu: 1 of 8"),
    "no rows": (no_rows, "diabetes: expect_table_row_count_to_be_between: 0 of 0"),
    "entity is a number": (retyped("entity", pa.int64()), "where field == entity: 1 of 1"),
    "repeated": (
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        "expect_compound_columns_to_be_unique on diabetes.entity, event_time: 2 of 9",
    ),
}


@pytest.mark.parametrize("suite", ["raw", "curated"])
def test_good_data_passes_with_its_files_and_data_docs(
    suite: str, data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    data = data_set(curated=suite == "curated")
    out = tmp_path / "out"
    card = run(Configuration(suite=suite), {"data": data}, out)

    for name in ("examples.parquet", "records/diabetes.parquet"):
        assert (out / name).samefile(data / name)
    assert card.stage == "validate"
    assert card.parents == (DatasetCard.read(data).reference(),)
    assert card.validation is not None
    assert card.validation.met
    assert card.validation.suite == suite
    assert all(result.failing == 0 for result in card.validation.results)
    assert len(card.validation.results) > 40
    assert card.validation.data_docs == "data_docs/index.html"
    assert not (home / "quarantine").exists()


def test_data_docs_name_expectations_and_need_no_network(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    run(Configuration(), {"data": data_set()}, tmp_path / "out")
    docs = tmp_path / "out" / "data_docs"
    index, examples = (docs / name for name in ("index.html", "examples.html"))
    assert 'href="examples.html"' in index.read_text()
    assert 'href="diabetes.html"' in index.read_text()
    assert "values must be unique" in examples.read_text()
    assert "values must belong to this set" in examples.read_text()
    for page in docs.glob("*.html"):
        text = page.read_text()
        assert "http" not in text, page.name
        assert "<script" not in text, page.name


def message_of(data: Path, suite: str, batch: str) -> str:
    """What the error says about `batch` and its fields."""
    config = Configuration(suite=suite)
    batches = [
        each for each in read_batches(data, judge=suite != "raw") if each.name.startswith(batch)
    ]
    return str(failure(config, judge_batches(config, batches)))


@pytest.mark.parametrize("fault", RAW_FAULTS)
def test_the_raw_suite_names_the_fault(fault: str, data_set: DataSet) -> None:
    change, message = RAW_FAULTS[fault]
    assert message in message_of(data_set(change=change), "raw", "examples")


@pytest.mark.parametrize("fault", CURATED_FAULTS)
def test_the_curated_suite_names_the_fault(fault: str, data_set: DataSet) -> None:
    change, message = CURATED_FAULTS[fault]
    assert message in message_of(data_set(curated=True, change=change), "curated", "examples")


@pytest.mark.parametrize("fault", RECORD_FAULTS)
def test_faults_of_records_are_named_with_their_view(fault: str, data_set: DataSet) -> None:
    change, message = RECORD_FAULTS[fault]
    assert message in message_of(data_set(change_records=change), "raw", "diabetes")


def test_the_raw_suite_lets_pass_what_curate_mends(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    def worn(table: pa.Table) -> pa.Table:
        table = put("prompt", {13: "ask a.person@mail.example.org"})(table)
        return repeated(put("answer", {0: "-123456"})(table))

    card = run(Configuration(suite="raw"), {"data": data_set(change=worn)}, tmp_path / "out")
    assert card.validation is not None
    assert card.validation.met


def test_quarantined_examples_may_be_what_they_are(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    def quarantined(table: pa.Table) -> pa.Table:
        table = put("answer", {0: "-123456"})(table)
        return put("split", {0: "quarantine"})(table)

    data = data_set(curated=True, change=quarantined)
    card = run(Configuration(suite="curated"), {"data": data}, tmp_path / "out")
    assert card.validation is not None
    assert card.validation.met


def test_unfilled_placeholders_fail_the_suite_of_features(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    data = data_set(curated=True)
    with pytest.raises(DataError, match="featurize fills every placeholder"):
        run(Configuration(suite="features"), {"data": data}, tmp_path / "out")


def test_a_failed_batch_is_kept_with_the_reason(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    data = data_set(change=put("domain", {row: f"domain-{row}" for row in range(7)}))
    card = DatasetCard.read(data)
    out = tmp_path / "out"
    with pytest.raises(DataError) as caught:
        run(Configuration(suite="raw"), {"data": data}, out)
    assert not (out / "examples.parquet").exists()
    kept = home / "quarantine" / f"raw-{card.digest()[:12]}"
    assert (kept / "examples.parquet").samefile(data / "examples.parquet")
    assert (kept / "records" / "diabetes.parquet").exists()
    assert DatasetCard.read(kept).digest() == card.digest()
    reason = json.loads((kept / "reason.json").read_text())
    assert reason["suite"] == "raw"
    head, *rows = (line.strip() for line in reason["failures"])
    assert "on domain: 7 of 16 rows fail" in head
    assert [json.loads(row)["domain"] for row in rows] == [f"domain-{row}" for row in range(5)]
    assert "7 of 16 rows fail" in (kept / "data_docs" / "index.html").read_text()
    assert str(kept) in caught.value.mend
    assert not list(kept.parent.glob("*.partial"))


def test_personal_data_reaches_neither_message_nor_pages(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    data = data_set(curated=True, change=put("prompt", {13: "ask a.person@mail.example.org"}))
    with pytest.raises(DataError) as caught:
        run(Configuration(suite="curated"), {"data": data}, tmp_path / "out")
    assert "a.person" not in str(caught.value)
    assert "[hidden]" in str(caught.value)
    pages = list((home / "quarantine").glob("*/data_docs/*.html"))
    assert pages
    assert not any("a.person" in page.read_text() for page in pages)


def test_a_second_attempt_replaces_what_a_killed_one_left(
    data_set: DataSet, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "data_docs").mkdir(parents=True)
    (out / "data_docs" / "old.html").write_text("old")
    (out / "examples.parquet").write_text("half")
    data = data_set()
    run(Configuration(), {"data": data}, out)
    assert (out / "examples.parquet").samefile(data / "examples.parquet")
    assert not (out / "data_docs" / "old.html").exists()


def test_what_is_no_parquet_is_said(data_set: DataSet, home: Path, tmp_path: Path) -> None:
    data = data_set()
    (data / "examples.parquet").write_text("id,prompt\n")
    with pytest.raises(DataError, match="not Parquet"):
        run(Configuration(), {"data": data}, tmp_path / "out")
    (data / "examples.parquet").unlink()
    with pytest.raises(DataError, match="no file of examples"):
        run(Configuration(), {"data": data}, tmp_path / "out")
