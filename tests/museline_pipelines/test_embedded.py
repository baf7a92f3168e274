"""The embedded runner on small stages: the real `kfp.local`, real processes, real signals."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration


def last_line(text: str) -> dict:
    return json.loads(text.strip().splitlines()[-1])


def statuses(result: dict) -> dict[str, str]:
    return {step["step"]: step["status"] for step in result["steps"]}


def events_of(home: Path) -> list[dict]:
    return [
        json.loads(line)
        for path in home.glob("runs/*/events.jsonl")
        for line in path.read_text().splitlines()
    ]


def ticks(home: Path) -> int:
    return sum(event["event"] == "progress" for event in events_of(home))


def processes_of(home: Path) -> list[int]:
    """The processes that have this home in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes()
        except OSError:
            continue
        if f"MUSELINE_HOME={home}\0".encode() in environment:
            found.append(int(path.parent.name))
    return found


def test_the_second_run_takes_every_step_from_the_first(muse) -> None:
    first = last_line(muse("run", "data-engine", "--output", "json").stdout)
    assert statuses(first) == dict.fromkeys(
        ("collect", "validate-raw", "curate", "validate-curated", "featurize"), "succeeded"
    )
    again = muse("run", "data-engine")
    assert again.returncode == 0
    assert again.stdout.count(f"cached from run {first['run']}") == 5
    assert "\x1b" not in again.stdout
    assert (muse.home / "runs" / first["run"] / "report.html").exists()
    listed = json.loads(muse("runs", "list", "--output", "json").stdout)
    assert [row["steps"] for row in listed] == ["5/5", "5/5"]


def test_a_failed_step_says_what_where_and_how_to_go_on(muse) -> None:
    failed = muse("run", "data-engine", "--set", "curate.fail=data")
    assert failed.returncode == 3
    run = next((muse.home / "runs").iterdir()).name
    assert "the step curate failed: row 3 is broken" in failed.stderr
    assert "repair the row" in failed.stderr
    assert f"muse run --resume {run}" in failed.stderr
    assert f"{run}/logs/curate.log" in failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr
    assert "DataError" in (muse.home / "runs" / run / "logs" / "curate.log").read_text()
    resumed = muse("run", "--resume", run, "--output", "json")
    assert resumed.returncode == 3
    result = last_line(resumed.stdout)
    assert result["run"] == run
    assert statuses(result)["collect"] == "cached"
    assert statuses(result)["curate"] == "failed"


def test_an_unforeseen_error_is_told_without_a_traceback(muse) -> None:
    failed = muse("run", "data-engine", "--set", "collect.fail=surprise")
    assert failed.returncode == 7
    assert "RuntimeError: surprise" in failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr


def test_after_kill_9_nothing_lives_on_and_the_run_goes_on_where_it_was(muse, wait) -> None:
    process = muse.start("run", "data-engine", "--set", "collect.ticks=40")
    wait(lambda: ticks(muse.home) >= 3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait(lambda: not processes_of(muse.home), 20)
    before = ticks(muse.home)
    assert before < 40
    shown = json.loads(muse("runs", "show", "--output", "json").stdout)
    assert shown["status"] == "interrupted"
    resumed = muse("run", "--resume", "last", "--output", "json")
    assert resumed.returncode == 0
    result = last_line(resumed.stdout)
    assert result["run"] == shown["id"]
    assert result["attempts"] == 2
    assert set(statuses(result).values()) == {"succeeded"}
    notes = [
        event["text"]
        for event in events_of(muse.home)
        if event.get("of") == "collect" and event["event"] == "note"
    ]
    assert notes[0] == "begins at 0"
    assert int(notes[1].rpartition(" ")[2]) >= 3


def test_kill_9_of_the_step_itself_is_a_failure_that_resumes(muse, wait) -> None:
    process = muse.start("run", "data-engine", "--set", "collect.ticks=30")
    wait(lambda: ticks(muse.home) >= 2)
    step = next(event["pid"] for event in events_of(muse.home) if event["event"] == "entered")
    os.kill(step, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 7
    assert "ended without a word" in output
    assert muse("run", "--resume", "last").returncode == 0


def test_ctrl_c_stops_the_steps_and_says_how_to_resume(muse, wait) -> None:
    process = muse.start("run", "data-engine", "--set", "collect.ticks=200")
    wait(lambda: ticks(muse.home) >= 2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "muse run --resume" in output
    assert processes_of(muse.home) == []
    shown = json.loads(muse("runs", "show", "--output", "json").stdout)
    assert shown["status"] == "interrupted"


def test_a_second_muse_in_the_same_home_is_told_who_holds_it(muse, wait) -> None:
    process = muse.start("run", "data-engine", "--set", "collect.ticks=200")
    wait(lambda: ticks(muse.home) >= 1)
    second = muse("run", "data-engine")
    assert second.returncode == 6
    assert str(process.pid) in second.stderr
    assert "MUSELINE_HOME" in second.stderr
    shown = muse("runs", "show")  # reading is allowed meanwhile
    assert "running" in shown.stdout
    logs = muse("runs", "logs", "last", "collect")
    assert "tick 0" in logs.stdout
