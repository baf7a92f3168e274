"""Events are appended whole, and a torn last line waits for its rest."""

import json
import subprocess
import sys

from museline.progress import EVENTS_VARIABLE, emit, read


def test_without_a_target_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv(EVENTS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    emit("note", text="nobody listens")
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_is_read_when_it_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "events.jsonl"
    monkeypatch.setenv(EVENTS_VARIABLE, str(path))
    emit("started", stage="train")
    with path.open("a") as file:
        file.write('{"event": "fin')
    events, offset = read(path)
    assert [each["event"] for each in events] == ["started"]
    assert read(path, offset) == ([], offset)
    with path.open("a") as file:
        file.write('ished"}\n')
    events, offset = read(path, offset)
    assert [each["event"] for each in events] == ["finished"]
    assert offset == path.stat().st_size


def test_before_there_is_a_file_there_are_no_events(tmp_path):
    assert read(tmp_path / "events.jsonl", 5) == ([], 5)


def test_values_that_json_does_not_know_are_written_as_text(tmp_path, monkeypatch):
    monkeypatch.setenv(EVENTS_VARIABLE, str(tmp_path / "events"))
    emit("note", path=tmp_path, text="ü\n")
    event = json.loads((tmp_path / "events").read_text())
    assert (event["path"], event["text"]) == (str(tmp_path), "ü\n")


EMIT_MANY = """
import sys
from museline.progress import emit
for number in range(200):
    emit("progress", stage=sys.argv[1], step=number)
"""


def test_processes_share_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv(EVENTS_VARIABLE, str(tmp_path / "events"))
    workers = [subprocess.Popen([sys.executable, "-c", EMIT_MANY, name]) for name in "ab"]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    events, _ = read(tmp_path / "events")
    for name in "ab":
        assert [each["step"] for each in events if each["stage"] == name] == list(range(200))
