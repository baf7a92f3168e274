from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from museline_pipelines.display import (
    LineDisplay,
    TableDisplay,
    bar,
    describe_progress,
    describe_seconds,
    sparkline,
)
from museline_pipelines.records import RunRecord, StepRecord, fold

RUN = RunRecord(
    id="20261121-0405-training-0001",
    pipeline="training",
    recipe="smoke",
    configuration={},
    steps=(StepRecord(name="train-candidate", stage="train"),),
)
NAME = {"of": "train-candidate"}
EVENTS = [
    {"event": "attempt", "time": 1.0, "number": 1},
    {"event": "entered", "time": 1.0, **NAME},
    {"event": "started", "time": 1.0, **NAME},
    *(
        {"event": "progress", "time": 2.0 + i, "step": i, "steps": 9, "loss": 3.0 / (i + 1), **NAME}
        for i in range(10)
    ),
]


def shown(content: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(content)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_lines_are_plain_and_not_too_many() -> None:
    lines: list[str] = []
    display = LineDisplay(lines.append)
    record = RUN
    for event in EVENTS:
        record = fold(record, [event])
        display(record, [event])
    assert lines[0].startswith("run 20261121-0405-training-0001: training by recipe smoke")
    progress = [line for line in lines if "step" in line]
    assert progress == [
        "train-candidate    step 0/9, loss 3",
        "train-candidate    step 5/9, loss 0.5",
        "train-candidate    step 9/9, loss 0.3",
    ]


def test_lines_tell_failures_and_caches() -> None:
    lines: list[str] = []
    display = LineDisplay(lines.append)
    for event in (
        {"event": "cached", "time": 3.0, "run": "earlier", "folder": "/f", "seconds": 1.0, **NAME},
        {"event": "failed", "time": 4.0, "what": "no room", **NAME},
    ):
        display(fold(RUN, [event]), [event])
    assert lines == [
        "train-candidate    cached from run earlier",
        "train-candidate    failed: no room",
    ]


def test_the_table_shows_the_loss_and_its_course() -> None:
    drawn: list[RenderableType] = []
    display = TableDisplay(drawn.append)
    display(fold(RUN, EVENTS), EVENTS)
    text = shown(drawn[-1])
    assert "step 9/9, loss 0.3" in text
    assert "█" in text
    assert "▸" in text


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (41.2, "41 s"), (125.0, "2 min 05 s")]
)
def test_durations(seconds: float, words: str) -> None:
    assert describe_seconds(seconds) == words


def test_small_things() -> None:
    progress = {"step": 1200, "steps": None, "tokens_per_second": 5200.4, "doing": "write"}
    assert describe_progress(progress) == "step 1,200, 5,200 tokens/s, doing write"
    assert bar({"step": 1, "steps": 2}, width=4) == "━━╌╌ "
    assert bar({"step": 1}) == ""
    assert sparkline([]) == ""
    assert sparkline([1.0, 1.0]) == "▁▁"
    assert sparkline(list(range(100)), width=8) == "▁▁▂▃▄▅▆█"
