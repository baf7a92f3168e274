from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from museline.errors import DataError
from museline.progress import append
from museline.storage import Home
from museline_pipelines import records
from museline_pipelines.records import RunRecord, StepRecord, fold, load, new_id, save


@pytest.fixture
def record() -> RunRecord:
    steps = (StepRecord(name="collect", stage="collect"), StepRecord(name="curate", stage="curate"))
    return RunRecord(
        id="20261121-0405-training-0001",
        pipeline="training",
        recipe="smoke",
        configuration={},
        steps=steps,
    )


def event(kind: str, time: float, of: str | None = None, /, **fields: object) -> dict:
    return {"event": kind, "time": time, **({"of": of} if of else {}), **fields}


STORY = [
    event("attempt", 10.0, number=1),
    event("entered", 11.0, "collect", pid=5),
    event("started", 11.1, "collect"),
    event("progress", 11.5, "collect", step=1, steps=2, loss=0.5),
    event("finished", 12.0, "collect", seconds=0.9, folder="/a/b", run="x"),
    event("entered", 13.0, "curate", pid=6),
    event("cached", 13.5, "curate", seconds=7.0, folder="/c/d", run="20261120-0000-training-ffff"),
    event("ended", 14.0, status="succeeded"),
]


def test_events_become_a_record(record: RunRecord) -> None:
    after = fold(record, STORY)
    assert after.status == "succeeded"
    assert after.seconds == 4.0
    collect, curate = after.steps
    assert (collect.status, collect.seconds, collect.folder) == ("succeeded", 1.0, "/a/b")
    assert collect.progress == {"step": 1, "steps": 2, "loss": 0.5}
    assert (curate.status, curate.cached_from) == ("cached", "20261120-0000-training-ffff")


def test_folding_in_pieces_or_twice_gives_the_same(record: RunRecord) -> None:
    whole = fold(record, STORY)
    for cut in range(len(STORY)):
        assert fold(fold(record, STORY[:cut]), STORY[cut:]) == whole
        assert fold(fold(record, STORY[:cut]), STORY) == whole


def test_a_new_attempt_begins_with_waiting_steps(record: RunRecord) -> None:
    after = fold(record, [*STORY[:-1], event("attempt", 20.0, number=2)])
    assert after.attempts == 2
    assert [step.status for step in after.steps] == ["waiting", "waiting"]


def test_a_step_that_fell_silent_is_failed_when_the_run_failed(record: RunRecord) -> None:
    after = fold(record, [*STORY[:4], event("ended", 12.0, status="failed")])
    assert after.problem is not None
    assert after.problem.name == "collect"
    assert after.problem.problem is not None
    assert "without a word" in after.problem.problem.what


def test_a_failure_keeps_the_words_of_the_error(record: RunRecord) -> None:
    words = {"kind": "DataError", "what": "row 3", "value": "{", "mend": "repair", "exit_code": 3}
    after = fold(record, [*STORY[:4], event("failed", 12.0, "collect", **words)])
    assert after.problem is not None
    assert after.problem.problem is not None
    assert after.problem.problem.mend == "repair"


def test_a_run_whose_process_died_is_interrupted(record: RunRecord, tmp_path: Path) -> None:
    save(record, tmp_path)
    append(tmp_path / records.EVENTS_FILE, "attempt", number=1)
    append(tmp_path / records.EVENTS_FILE, "entered", of="collect")
    loaded = load(tmp_path)
    assert loaded.status == "interrupted"
    assert loaded.steps[0].status == "interrupted"


def test_a_run_somebody_is_at_is_running(record: RunRecord, tmp_path: Path) -> None:
    from filelock import FileLock

    save(record, tmp_path)
    with FileLock(tmp_path / records.LOCK_FILE):
        assert load(tmp_path).status == "running"


def test_a_cut_event_is_passed_over(record: RunRecord, tmp_path: Path) -> None:
    save(record, tmp_path)
    lines = [json.dumps(each) for each in STORY]
    lines[3] = lines[3][:20]
    (tmp_path / records.EVENTS_FILE).write_text("\n".join(lines) + "\n" + '{"event": "at')
    assert load(tmp_path).status == "succeeded"


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run here"):
        load(tmp_path)
    (tmp_path / records.RECORD_FILE).write_text("{}")
    with pytest.raises(DataError, match="not the record of a run"):
        load(tmp_path)


def test_ids_are_readable_and_in_the_order_of_time() -> None:
    start = datetime.datetime(2026, 11, 21, 4, 5, tzinfo=datetime.UTC)
    moments = [start + datetime.timedelta(seconds=seconds) for seconds in range(0, 180, 7)]
    ids = [new_id("training", moment) for moment in moments]
    assert ids[0] == "20261121-0405-training-0000"
    assert ids == sorted(ids)


def test_runs_are_found_by_id_part_or_last(record: RunRecord, tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(DataError, match="no runs yet"):
        records.find_run(home, "last")
    first = "20261121-0405-training-0001"
    second = "20261121-0406-data-engine-0000"
    for name in (first, second):
        save(record.model_copy(update={"id": name}), home.runs / name)
    assert records.find_run(home, "last").name == second
    assert records.find_run(home, "0001").name == first
    assert records.find_run(home, "20261121-0406").name == second
    with pytest.raises(DataError, match="more than one"):
        records.find_run(home, "20261121")
    with pytest.raises(DataError, match="no such run"):
        records.find_run(home, "nothing")


def test_an_unknown_step_names_the_near_ones(record: RunRecord) -> None:
    with pytest.raises(DataError, match="did you mean collect"):
        record.step("colect")
