"""What a person sees while a release goes on: the weights per surface, and each decision."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import RenderableType

LINE_INTERVAL = 5.0
"""Seconds between two lines of weights where there is no terminal."""
BAR_WIDTH = 30
DECISIONS_SHOWN = 6


class OnEvent(Protocol):
    """What `museline_serving.release.run_release` calls with each event."""

    def __call__(self, event: str, **fields: Any) -> None: ...


@contextmanager
def open_release_display(quiet: bool = False) -> Iterator[OnEvent]:
    """As `display.open_display`, for a release."""
    if quiet or not sys.stdout.isatty():
        yield ReleaseLines(lambda line: print(line, file=sys.stderr if quiet else sys.stdout))
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(highlight=False), refresh_per_second=8) as live:
        yield ReleaseTable(lambda content: live.update(content))


def describe_counts(progress: dict[str, Any]) -> str:
    """`1,204 requests, 3 with errors, 0 failed by the platform`."""
    return (
        f"{progress.get('requests', 0):,} requests, {progress.get('errors', 0):,} with errors, "
        f"{progress.get('platform_failed_requests', 0):,} failed by the platform"
    )


class ReleaseLines:
    """One line per decision, and the weights every few seconds."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._clock = write, clock
        self._last = -LINE_INTERVAL

    def __call__(self, event: str, **fields: Any) -> None:
        if event == "started":
            self._write(f"release {fields.get('name')}: {_pair(fields)}")
        elif event == "note" and fields.get("text"):
            self._write(f"{'release':<18} {fields['text']}")
        elif event == "finished":
            self._write(f"{'release':<18} {_words(fields.get('outcome'))}")
        elif event == "progress" and self._clock() - self._last >= LINE_INTERVAL:
            self._last = self._clock()
            weights = ", ".join(f"{name} {w} %" for name, w in fields.get("weights", {}).items())
            self._write(f"{'release':<18} {weights}; {describe_counts(fields)}")


class ReleaseTable:
    """Bars of the candidate's share per surface, drawn again at every look."""

    def __init__(self, draw: Callable[[RenderableType], None]) -> None:
        self._draw = draw
        self._title = "release"
        self._decisions: list[str] = []
        self._progress: dict[str, Any] = {}
        self._began = time.monotonic()

    def __call__(self, event: str, **fields: Any) -> None:
        if event == "started":
            self._title = f"release {fields.get('name')}: {_pair(fields)}"
        elif event == "note" and fields.get("text"):
            after = time.monotonic() - self._began
            self._decisions.append(f"{after:5.0f} s  {fields['text']}")
        elif event == "progress":
            self._progress = fields
        elif event == "finished":
            self._progress = {**self._progress, "phase": fields.get("outcome")}
        self._draw(self.content())

    def content(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title_justify="left", title_style="bold", box=None, title=self._title)
        for column in ("surface", "", "candidate"):
            table.add_column(column, justify="right" if column == "candidate" else "left")
        for surface, weight in self._progress.get("weights", {}).items():
            full = round(BAR_WIDTH * weight / 100)
            share = Text.assemble(("█" * full, "cyan"), ("░" * (BAR_WIDTH - full), "dim"))
            table.add_row(surface, share, f"{weight} %")
        phase = _words(self._progress.get("phase", "getting ready"))
        lines = [Text(f"{phase}; {describe_counts(self._progress)}")] if self._progress else []
        lines += [Text(line, style="dim") for line in self._decisions[-DECISIONS_SHOWN:]]
        return Group(table, *lines)


def _pair(fields: dict[str, Any]) -> str:
    return f"{fields.get('candidate')} for {fields.get('incumbent')}"


def _words(phase: object) -> str:
    return str(phase).replace("_", " ")
