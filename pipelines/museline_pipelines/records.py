"""The record of a run: `run.json`, and the events that bring it up to date.

Events are appended by the processes of the run; a record is a fold over them. So the record is
right even when the process that writes `run.json` is killed between an event and its writing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from museline.errors import DataError, near
from museline.progress import read
from museline.storage import Home, write_text

RECORD_FILE = "run.json"
EVENTS_FILE = "events.jsonl"
LOGS_FOLDER = "logs"
REPORT_FILE = "report.html"
LOCK_FILE = "alive.lock"
RunStatus = Literal["running", "succeeded", "failed", "interrupted"]
StepStatus = Literal["waiting", "running", "succeeded", "cached", "failed", "interrupted"]
Event = Mapping[str, Any]


class Problem(BaseModel):
    """Why a step failed, in the words of the error."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = "StageError"
    what: str
    value: str | None = None
    allowed: str = ""
    mend: str = ""
    exit_code: int = 7


class StepRecord(BaseModel):
    """One step. `seconds` is its wall time in this run; times are seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    stage: str
    status: StepStatus = "waiting"
    began: float | None = None
    ended: float | None = None
    work_seconds: float | None = None
    folder: str | None = None
    cached_from: str | None = None
    progress: dict[str, Any] = {}
    note: str = ""
    problem: Problem | None = None

    @property
    def seconds(self) -> float | None:
        if self.began is None or self.ended is None:
            return None
        return self.ended - self.began

    @property
    def done(self) -> bool:
        return self.status in ("succeeded", "cached")


class RunRecord(BaseModel):
    """A run of a pipeline, possibly in several attempts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    pipeline: str
    recipe: str
    overrides: tuple[str, ...] = ()
    profile: str = "embedded"
    configuration: dict[str, Any]
    created_at: datetime.datetime = Field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC)
    )
    status: RunStatus = "running"
    attempts: int = 1
    began: float | None = None
    ended: float | None = None
    steps: tuple[StepRecord, ...]

    @property
    def problem(self) -> StepRecord | None:
        """The step that failed, if one did."""
        return next((step for step in self.steps if step.problem), None)

    @property
    def seconds(self) -> float | None:
        """Wall time of the latest attempt."""
        if self.began is None or self.ended is None:
            return None
        return self.ended - self.began

    def step(self, name: str) -> StepRecord:
        """The step `name`. Raises DataError, with the near names, for others."""
        for step in self.steps:
            if step.name == name:
                return step
        raise DataError(
            f"the run {self.id} has no such step",
            value=name,
            allowed=near(name, [step.name for step in self.steps]),
        )


def new_id(pipeline: str, now: datetime.datetime | None = None) -> str:
    """A readable name such as 20261121-0405-training-4f2a.

    Its end counts in 65536ths of a minute, so that the names are in the order of time.
    """
    moment = now or datetime.datetime.now(datetime.UTC)
    fraction = (moment.second + moment.microsecond / 1e6) / 60
    return f"{moment:%Y%m%d-%H%M}-{pipeline}-{int(fraction * 65536):04x}"


def fold(record: RunRecord, events: Iterable[Event]) -> RunRecord:
    """`record` after `events`, which follow those that it has seen."""
    steps = {step.name: step for step in record.steps}
    changes: dict[str, Any] = {}
    for event in events:
        kind, moment = event.get("event"), event.get("time")
        if kind == "attempt":
            changes.update(began=moment, ended=None, status="running", attempts=event["number"])
            steps = {name: StepRecord(name=name, stage=step.stage) for name, step in steps.items()}
        elif kind == "ended":
            changes.update(ended=moment, status=event["status"])
            steps = {name: _settle(step, event) for name, step in steps.items()}
        elif event.get("of") in steps:
            name = str(event["of"])
            steps[name] = _step_after(steps[name], event)
    return record.model_copy(update={**changes, "steps": tuple(steps.values())})


def _step_after(step: StepRecord, event: Event) -> StepRecord:
    kind, moment = event["event"], event["time"]
    changes: dict[str, Any] = {}
    if kind == "entered":
        changes = {"status": "running", "began": moment}
    elif kind == "progress":
        known = {"time", "event", "of", "stage"}
        changes = {"progress": {k: v for k, v in event.items() if k not in known}}
    elif kind == "note":
        changes = {"note": _note(event)}
    elif kind in ("finished", "cached"):
        changes = {
            "status": "cached" if kind == "cached" else "succeeded",
            "ended": moment,
            "work_seconds": event.get("seconds"),
            "folder": event.get("folder"),
            "cached_from": event.get("run") if kind == "cached" else None,
        }
    elif kind == "failed":
        problem = Problem.model_validate(dict(event))
        changes = {"status": "failed", "ended": moment, "problem": problem}
    return step.model_copy(update=changes)


def _note(event: Event) -> str:
    return str(event.get("text") or event.get("message") or event.get("note") or "")


def _settle(step: StepRecord, event: Event) -> StepRecord:
    """What a step that was at work is when its run has ended."""
    if step.status != "running":
        return step
    changes: dict[str, Any] = {"status": "interrupted", "ended": event["time"]}
    if event["status"] == "failed":
        what = "the process of this step ended without a word (killed, or out of memory)"
        changes |= {"status": "failed", "problem": Problem(what=what)}
    return step.model_copy(update=changes)


def save(record: RunRecord, folder: Path) -> None:
    """Write `run.json`, whole or not at all."""
    write_text(folder / RECORD_FILE, record.model_dump_json(indent=2) + "\n")


def load(folder: Path) -> RunRecord:
    """The record in `folder`, up to date; "interrupted" if it says running and nobody is at it.

    Raises DataError if there is none.
    """
    try:
        stored = RunRecord.model_validate_json((folder / RECORD_FILE).read_bytes())
    except FileNotFoundError as error:
        raise DataError("there is no run here", value=folder, mend="muse runs list") from error
    except ValidationError as error:
        raise DataError(f"this is not the record of a run: {error}", value=folder) from error
    events, _ = read(folder / EVENTS_FILE)
    record = fold(stored, events)
    if record.status == "running" and not is_alive(folder):
        last = events[-1]["time"] if events else record.created_at.timestamp()
        record = fold(record, [{"event": "ended", "time": last, "status": "interrupted"}])
    return record


def is_alive(folder: Path) -> bool:
    """Whether a muse process is at work on the run in `folder`."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / LOCK_FILE, timeout=0):
            return False
    except Timeout:
        return True


def find_run(home: Home, run: str) -> Path:
    """The folder of `run`: its id, the beginning of one that is unique, or "last".

    Raises DataError, with the near ids, for others.
    """
    known = list_ids(home)
    if run == "last" and known:
        return home.runs / known[-1]
    matches = [each for each in known if each == run] or [
        each for each in known if each.startswith(run) or each.endswith(run)
    ]
    if len(matches) == 1:
        return home.runs / matches[0]
    if not known:
        raise DataError(
            "there are no runs yet", value=home.runs, mend="muse run training --recipe smoke"
        )
    what = "more than one run is called so" if matches else "there is no such run"
    raise DataError(what, value=run, allowed=near(run, (matches or known)[-10:]))


def list_ids(home: Home) -> list[str]:
    """The ids of all runs, in the order of time."""
    found = [path.parent.name for path in home.runs.glob(f"*/{RECORD_FILE}")]
    return sorted(found, key=lambda name: (name[:13], name[-4:]))
