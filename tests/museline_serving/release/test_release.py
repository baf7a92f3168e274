"""Whole releases with real Envoy, between two predictors without models."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from museline.cards import RolloutRecord
from museline.examples import Example, write_examples
from museline.storage import Home
from museline_serving.release.names import open_store

pytestmark = pytest.mark.integration

PLAYED = Path(__file__).parent / "played.py"
NAME = "new-v2-001"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    path = tmp_path / "examples.parquet"
    example = Example(
        id="1",
        domain="mathematics",
        family="user",
        modality="text",
        source="test",
        licence="CC0-1.0",
        prompt="2+2=",
        answer="4",
        split="evaluation",
    )
    write_examples(path, [example])
    return path


def start(home: Path, examples: Path, script: Path, *rest: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PLAYED), str(home), str(examples), str(script), *rest]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return [json.loads(line) for line in output.splitlines()]


def no_child_lives(folder: Path) -> bool:
    pids = [int(path.read_text()) for path in (folder / "pids").iterdir()]
    return not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids)


def await_state(home: Path, wave: int) -> None:
    """Until the candidate has traffic in wave number `wave`."""
    for _ in range(400):
        if (home / "rollouts" / NAME / "stream.jsonl").exists():
            state = open_store(Home(home)).load(NAME).state
            if state.wave >= wave and state.step >= 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"wave {wave} never began")


def test_a_healthy_candidate_is_promoted(
    tmp_path: Path, examples: Path, tiny_backend: Path
) -> None:
    home = tmp_path / "home"
    events = finish(start(home, examples, tiny_backend, "none"))
    folder = home / "rollouts" / NAME
    record = RolloutRecord.read(folder)
    assert record.outcome == "promoted"
    assert (home / "champion").read_text() == "new-v2"
    assert record.measures["platform_failed_requests"] == 0
    assert record.measures["candidate_right_share"] == 1.0
    assert record.requests["new-v2"] > 100
    assert events[-1]["event"] == "finished"
    assert no_child_lives(folder)


def test_a_broken_candidate_is_rolled_back(
    tmp_path: Path, examples: Path, tiny_backend: Path
) -> None:
    home = tmp_path / "home"
    finish(start(home, examples, tiny_backend, "errors"))
    record = RolloutRecord.read(home / "rollouts" / NAME)
    assert record.outcome == "rolled_back"
    assert not (home / "champion").exists()
    assert set(record.decisions[-1].weights.values()) == {0}
    assert record.measures["platform_failed_requests"] == 0
    extra = record.measures["sabotage_extra_errors"]
    assert extra < record.measures["flagger_extra_errors"] < record.measures["argo_extra_errors"]


def test_killed_in_the_middle_and_resumed(
    tmp_path: Path, examples: Path, tiny_backend: Path
) -> None:
    home = tmp_path / "home"
    process = start(home, examples, tiny_backend, "none")
    await_state(home, wave=1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    folder = home / "rollouts" / NAME
    for _ in range(100):
        if no_child_lives(folder):
            break
        time.sleep(0.05)
    assert no_child_lives(folder)
    before = open_store(Home(home)).load(NAME).state
    finish(start(home, examples, tiny_backend, "none", "--resume", NAME))
    record = RolloutRecord.read(folder)
    assert record.outcome == "promoted"
    assert [each.decision for each in record.decisions[: before.decided]] == [
        each.decision for each in before.history
    ]
    assert [each.decision for each in record.decisions].count("done first") == 1


def test_stopped_by_a_person_and_resumed(
    tmp_path: Path, examples: Path, tiny_backend: Path
) -> None:
    home = tmp_path / "home"
    process = start(home, examples, tiny_backend, "none")
    await_state(home, wave=0)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert f"muse release start --resume {NAME}" in errors
    state = open_store(Home(home)).load(NAME).state
    assert set(state.weights.values()) == {0}
    assert no_child_lives(home / "rollouts" / NAME)
    finish(start(home, examples, tiny_backend, "none", "--resume", NAME))
    assert RolloutRecord.read(home / "rollouts" / NAME).outcome == "promoted"
