"""The port of the pipeline runners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from museline_pipelines.records import Event, RunRecord

OnChange = Callable[[RunRecord, Sequence[Event]], None]
"""Called with the record as it now is and the events that are new; often with none."""


class Runner(Protocol):
    """Runs the pipeline that `run.json` in `folder` describes, to its end."""

    def run(self, record: RunRecord, folder: Path, on_change: OnChange) -> RunRecord:
        """The record at the end. The person's Ctrl-C stops the steps, and is no exception."""
        ...
