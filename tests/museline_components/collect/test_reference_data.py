"""The generated part: determinism, the shares of what is spoilt, the clinical tables."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from museline.cards import DatasetCard
from museline.errors import ConfigurationError
from museline.examples import EXAMPLES_FILE, Example, read_examples
from museline.storage import digest_file
from museline.tasks import FAMILIES, check_answer, pool_of, solve
from museline_components.collect.clinical import TABLES
from museline_components.collect.config import PATIENTS, Configuration, Counts
from museline_components.collect.step import run

SMALL = Configuration(scale=0.05)
PLAIN = Configuration(scale=0.05, noise=0, duplicates=0, pii=0)


def collected(config: Configuration, out: Path) -> tuple[DatasetCard, list[Example]]:
    card = run(config, {}, out)
    return card, read_examples(out)


def test_equal_configurations_give_equal_files(tmp_path: Path) -> None:
    first, second = run(SMALL, {}, tmp_path / "a"), run(SMALL, {}, tmp_path / "b")
    assert first.files == second.files
    assert first.digest() == second.digest()
    other = run(SMALL.model_copy(update={"seed": 1}), {}, tmp_path / "c")
    assert other.files[EXAMPLES_FILE] != first.files[EXAMPLES_FILE]


def test_the_card_says_what_the_files_are(tmp_path: Path) -> None:
    card, examples = collected(SMALL, tmp_path)
    assert card.stage == "collect"
    assert card.examples == len(examples) == len({example.id for example in examples})
    assert sum(card.by_domain.values()) == sum(card.by_modality.values()) == len(examples)
    assert set(card.by_modality) == {"text", "image", "table"}
    assert set(card.sources) == {example.source for example in examples}
    assert set(card.licences) == {example.licence for example in examples}
    present = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert set(card.files) == present
    for name, digest in card.files.items():
        assert digest_file(tmp_path / name) == digest
    assert card.configuration["noise"] == SMALL.noise
    assert card.feature_views == tuple(sorted(PATIENTS))


def test_what_a_killed_attempt_left_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "rejected.jsonl").write_text("{}\n")
    (tmp_path / f".{EXAMPLES_FILE}.partial").write_text("half of a file")
    card, _ = collected(SMALL, tmp_path)
    assert card.files == run(SMALL, {}, tmp_path / "clean").files


def test_untouched_examples_have_true_answers(tmp_path: Path) -> None:
    _, examples = collected(PLAIN, tmp_path)
    tasks = [example for example in examples if example.family in FAMILIES]
    assert len(tasks) == sum(PLAIN.scaled(name) for name in FAMILIES)
    assert all(solve(example) == example.answer for example in tasks)


def test_noise_makes_the_share_of_answers_wrong(tmp_path: Path) -> None:
    _, examples = collected(PLAIN.model_copy(update={"noise": 0.3}), tmp_path)
    tasks = [example for example in examples if example.family in FAMILIES]
    wrong = [example for example in tasks if not check_answer(example, example.answer)]
    assert 0.22 < len(wrong) / len(tasks) < 0.38
    assert {example.family for example in wrong} == set(FAMILIES)
    assert all(example.answer.strip() for example in wrong)


def test_duplicates_differ_in_the_prompt_only(tmp_path: Path) -> None:
    config = PLAIN.model_copy(update={"duplicates": 0.2})
    _, examples = collected(config, tmp_path)
    extra = len(examples) - sum(config.scaled(name) for name in [*FAMILIES, *PATIENTS])
    assert 0.14 < extra / len(examples) < 0.2
    by_question: dict[tuple[str, str], list[Example]] = {}
    for example in examples:
        by_question.setdefault((example.family, example.parameters), []).append(example)
    pairs = [same for same in by_question.values() if len(same) > 1]
    assert len(pairs) == extra
    for first, second in pairs:
        assert first.prompt != second.prompt
        assert (first.answer, first.image) == (second.answer, second.image)


def test_personal_data_is_embedded_and_belongs_to_nobody(tmp_path: Path) -> None:
    import phonenumbers

    _, examples = collected(PLAIN.model_copy(update={"pii": 1.0}), tmp_path)
    tasks = [example for example in examples if example.family in FAMILIES]
    mails = [example.prompt for example in tasks if "@example." in example.prompt]
    calls = [example.prompt for example in tasks if "-555-01" in example.prompt]
    assert mails
    assert calls
    assert len(mails) + len(calls) == len(tasks)
    assert all(list(phonenumbers.PhoneNumberMatcher(prompt, "US")) for prompt in calls)
    assert max(len(example.prompt) for example in tasks) <= 120


def test_copies_and_personal_data_stay_in_the_pool_of_their_scans(tmp_path: Path) -> None:
    config = Configuration(scale=0.2, counts=Counts(digits=500), duplicates=0.5, pii=0.5)
    _, examples = collected(config, tmp_path)
    scans: dict[str, set[int]] = {}
    for example in examples:
        if pool := pool_of(example):
            scans.setdefault(pool, set()).update(json.loads(example.parameters)["indices"])
    assert len(scans) == 3
    assert sum(map(len, scans.values())) == len(set.union(*scans.values()))


@pytest.mark.parametrize("view", PATIENTS)
def test_a_question_is_asked_between_the_real_visit_and_the_later_one(
    view: str, tmp_path: Path
) -> None:
    _, examples = collected(PLAIN, tmp_path)
    records = parquet.read_table(tmp_path / "records" / f"{view}.parquet")
    assert str(records.schema.field("event_time").type) == "timestamp[us, tz=UTC]"
    rows = records.to_pylist()
    asked = [example for example in examples if example.family == view]
    assert len(asked) == PLAIN.scaled(view)
    for example in asked:
        visits = [row for row in rows if row["entity"] == example.entity]
        times = [visit["event_time"] for visit in visits]
        assert len(visits) == 4
        assert times == sorted(times)
        assert isinstance(example.event_time, datetime.datetime)
        assert times[2] < example.event_time < times[3]
        assert visits[2] != {**visits[3], "event_time": times[2]}


def test_the_valid_visit_is_the_real_row_and_the_label_its_own(tmp_path: Path) -> None:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    _, examples = collected(PLAIN, tmp_path)
    rows = parquet.read_table(tmp_path / "records" / "breast_cancer.parquet").to_pylist()
    for example in (each for each in examples if each.family == "breast_cancer"):
        row = json.loads(example.parameters)["row"]
        third = [each for each in rows if each["entity"] == example.entity][2]
        assert list(third.values())[2:] == data.data[row].tolist()
        assert example.answer == data.target_names[data.target[row]]


def test_the_tables_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_breast_cancer, load_diabetes

    names, rows, labels = TABLES["breast_cancer"].load()
    data = load_breast_cancer()
    assert names == [str(name).replace(" ", "_") for name in data.feature_names]
    assert rows == data.data.tolist()
    assert labels == data.target_names[data.target].tolist()
    names, rows, labels = TABLES["diabetes"].load()
    data = load_diabetes(scaled=False)
    assert names[:4] == data.feature_names[:4]
    assert rows == data.data.tolist()
    assert [label == "above" for label in labels] == (data.target > 140.5).tolist()


def test_placeholders_name_columns_of_the_view(tmp_path: Path) -> None:
    import string

    _, examples = collected(PLAIN, tmp_path)
    for example in (each for each in examples if each.modality == "table"):
        names = [name for _, name, _, _ in string.Formatter().parse(example.prompt) if name]
        columns = parquet.read_schema(tmp_path / "records" / f"{example.family}.parquet").names
        assert names
        assert set(names) <= set(columns)


def test_diabetes_labels_halve_the_patients(tmp_path: Path) -> None:
    config = Configuration(scale=1, counts=Counts(**dict.fromkeys(FAMILIES, 0), breast_cancer=0))
    _, examples = collected(config, tmp_path)
    assert [each.answer for each in examples].count("above") == PATIENTS["diabetes"] // 2


def test_measurements_may_be_without_variation(tmp_path: Path) -> None:
    run(PLAIN.model_copy(update={"visit_variation": 0.0}), {}, tmp_path)
    rows = parquet.read_table(tmp_path / "records" / "diabetes.parquet").to_pylist()
    real, later = rows[2], rows[3]
    assert later["bmi"] == pytest.approx(real["bmi"], rel=1e-3)


def test_scale_multiplies_counts_but_invents_no_patients() -> None:
    config = Configuration(scale=3, counts=Counts(units=7))
    assert config.scaled("units") == 21
    assert config.scaled("diabetes") == PATIENTS["diabetes"]


def test_nothing_to_collect_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to collect"):
        run(Configuration(scale=0), {}, tmp_path)


def test_a_stage_that_is_only_configured_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, museline_components.collect.config;"
        "print([name for name in ('pyarrow', 'numpy', 'sklearn', 'scipy', 'PIL', 'fsspec')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
