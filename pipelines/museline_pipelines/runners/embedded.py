"""Runs a pipeline on this machine: `kfp.local` in a process of its own, watched by its events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from museline.lifeline import LIFELINE_VARIABLE
from museline.progress import EVENTS_VARIABLE, append, read
from museline.storage import Home
from museline.storage.home import HOME_VARIABLE
from museline_components.stage import RUN_VARIABLE
from museline_pipelines.records import (
    EVENTS_FILE,
    LOCK_FILE,
    LOGS_FOLDER,
    RunRecord,
    fold,
    save,
)
from museline_pipelines.runners.base import OnChange

PIPELINE_LOG = "pipeline.log"
POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0


class EmbeddedRunner:
    """The steps are processes of this machine, one after the other."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def run(self, record: RunRecord, folder: Path, on_change: OnChange) -> RunRecord:
        """As `Runner.run`. Nothing of the run outlives this process, kill -9 included."""
        from filelock import FileLock

        events = folder / EVENTS_FILE
        _, offset = read(events)
        with FileLock(folder / LOCK_FILE, timeout=5), signals_as_interrupt():
            append(events, "attempt", number=record.attempts)
            record, offset = _follow(record, folder, offset, on_change)
            process = self._start(record, folder)
            try:
                status = None
                while status is None:
                    time.sleep(POLL_SECONDS)
                    status = process.poll()
                    record, offset = _follow(record, folder, offset, on_change)
                outcome = "succeeded" if status == 0 else "failed"
            except KeyboardInterrupt:
                outcome = "interrupted"
            finally:
                stop_group(process)
            append(events, "ended", status=outcome)
            record, offset = _follow(record, folder, offset, on_change)
        save(record, folder)
        return record

    def _start(self, record: RunRecord, folder: Path) -> subprocess.Popen[bytes]:
        logs = folder / LOGS_FOLDER
        logs.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            HOME_VARIABLE: str(self.home.root),
            RUN_VARIABLE: record.id,
            "MUSELINE_LOGS": str(logs),
            EVENTS_VARIABLE: str(folder / EVENTS_FILE),
            LIFELINE_VARIABLE: str(os.getpid()),
            "PYTHONUNBUFFERED": "1",
            # A file of the user called random.py must not stand in for the library's.
            "PYTHONSAFEPATH": "1",
        }
        with (logs / PIPELINE_LOG).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "museline_pipelines.runners.worker", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )


def _follow(
    record: RunRecord, folder: Path, offset: int, on_change: OnChange
) -> tuple[RunRecord, int]:
    """Fold what is new; write the record when a state has changed."""
    events, offset = read(folder / EVENTS_FILE, offset)
    before = [step.status for step in record.steps]
    record = fold(record, events)
    if [step.status for step in record.steps] != before:
        save(record, folder)
    on_change(record, events)
    return record, offset


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Inside the block SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt.

    Elsewhere than in the main thread, where Python allows no handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup muse run` goes on
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads its own group, with all that is left of the group.

    A second Ctrl-C during the time they are given makes it immediate.
    """
    try:
        if _signal_group(process, signal.SIGTERM):
            deadline = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < deadline and _signal_group(process, 0):
                process.poll()
                time.sleep(0.02)
    except KeyboardInterrupt:
        pass
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> bool:
    """Whether there was somebody in the group to receive the signal."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
