"""How the work tells the person what it is doing: one JSON line per event, appended to a file.

A process that has `MUSELINE_EVENTS` set writes there; elsewhere `emit` does nothing. Lines are
shorter than a pipe's atomic write, so processes may share the file.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

EVENTS_VARIABLE = "MUSELINE_EVENTS"
STEP_VARIABLE = "MUSELINE_STEP"
"""Names the pipeline's step: two steps may run the same stage."""


def emit(event: str, **fields: object) -> None:
    """Append an event. Words in use: started, progress, finished, cached, failed, note.

    `stage` names the stage; `progress` carries numbers such as step, steps, loss and
    tokens_per_second. Inside a pipeline `of` names the pipeline's step.
    """
    target = os.environ.get(EVENTS_VARIABLE)
    if not target:
        return
    step = os.environ.get(STEP_VARIABLE)
    append(Path(target), event, **({"of": step} if step else {}), **fields)


def append(target: Path, event: str, **fields: object) -> None:
    """As `emit`, to the file `target`."""
    line = json.dumps({"time": time.time(), "event": event, **fields}, default=str)
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, (line + "\n").encode())
    finally:
        os.close(descriptor)


def read(path: Path, offset: int = 0) -> tuple[list[dict[str, object]], int]:
    """The complete events after byte `offset`, and the offset to continue from.

    A line that was cut (the disk was full) is passed over.
    """
    if not path.exists():
        return [], offset
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    end = data.rfind(b"\n") + 1
    events = [_parse(line) for line in data[:end].splitlines()]
    return [event for event in events if event is not None], offset + end


def _parse(line: bytes) -> dict[str, object] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
