"""What a person sees while a run goes on: a live table in a terminal, else one line per event."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from museline_pipelines.records import Event, RunRecord, StepRecord

if TYPE_CHECKING:
    from rich.console import RenderableType

    from museline_pipelines.runners.base import OnChange

LINE_INTERVAL = 5.0
"""Seconds between two progress lines of a step where there is no terminal."""
MARKS = {
    "waiting": ("·", "dim"),
    "running": ("▸", "cyan"),
    "succeeded": ("✓", "green"),
    "cached": ("✓", "green"),
    "failed": ("✗", "red"),
    "interrupted": ("‖", "yellow"),
}
BARS = "▁▂▃▄▅▆▇█"


@contextmanager
def open_display(quiet: bool = False) -> Iterator[OnChange]:
    """The function to give to a runner. `quiet` writes lines to stderr: stdout is for JSON."""
    if quiet or not sys.stdout.isatty():
        yield LineDisplay(lambda line: click.echo(line, err=quiet))
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(highlight=False), refresh_per_second=8) as live:
        display = TableDisplay(lambda content: live.update(content))
        yield display


def describe_progress(progress: dict[str, Any]) -> str:
    """Numbers of a progress event in words: `step 40/200, loss 1.234, 5,200 tokens/s`."""
    parts = []
    step, steps = progress.get("step"), progress.get("steps")
    if step is not None:
        parts.append(f"step {step:,}/{steps:,}" if steps else f"step {step:,}")
    for name, value in progress.items():
        if name in ("step", "steps") or value is None:
            continue
        if name == "tokens_per_second":
            parts.append(f"{value:,.0f} tokens/s")
        elif isinstance(value, float):
            parts.append(f"{name.replace('_', ' ')} {value:.4g}")
        elif isinstance(value, int | str):
            parts.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts)


def describe_cache(record: RunRecord, step: StepRecord) -> str:
    if step.cached_from == record.id:
        return "done before in this run"
    return f"cached from run {step.cached_from}"


def describe_seconds(seconds: float) -> str:
    """A duration for people: `0.2 s`, `41 s`, `2 min 05 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 119.5:
        return f"{seconds:.0f} s"
    return f"{int(seconds + 0.5) // 60} min {int(seconds + 0.5) % 60:02} s"


class LineDisplay:
    """One line per event, without control characters."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._last: dict[str, float] = {}

    def __call__(self, record: RunRecord, events: Sequence[Event]) -> None:
        for event in events:
            if line := self._line(record, event):
                self._write(line)

    def _line(self, record: RunRecord, event: Event) -> str | None:
        kind, name = event["event"], event.get("of")
        if kind == "attempt":
            again = f", attempt {event['number']}" if event["number"] > 1 else ""
            return f"run {record.id}: {record.pipeline} by recipe {record.recipe}{again}"
        if name is None:
            return None
        said = self._said(record, str(name), event)
        return None if said is None else f"{name:<18} {said}"

    def _said(self, record: RunRecord, name: str, event: Event) -> str | None:
        kind = event["event"]
        if kind == "started":
            return "started"
        if kind == "cached":
            return describe_cache(record, record.step(name))
        if kind == "finished":
            return f"done in {describe_seconds(float(event['seconds']))}"
        if kind == "failed":
            return f"failed: {event.get('what')}"
        if kind == "note":
            return record.step(name).note or None
        if kind == "progress":
            last = event.get("step") is not None and event.get("step") == event.get("steps")
            if not last and event["time"] - self._last.get(name, -LINE_INTERVAL) < LINE_INTERVAL:
                return None
            self._last[name] = event["time"]
            skipped = {"time", "event", "of", "stage"}
            return describe_progress({k: v for k, v in event.items() if k not in skipped})
        return None


class TableDisplay:
    """A table of all steps that is drawn again at every change."""

    def __init__(self, draw: Callable[[RenderableType], None]) -> None:
        self._draw = draw
        self._losses: dict[str, list[float]] = {}

    def __call__(self, record: RunRecord, events: Sequence[Event]) -> None:
        for event in events:
            if event["event"] == "progress" and isinstance(event.get("loss"), float):
                self._losses.setdefault(str(event.get("of")), []).append(event["loss"])
        self._draw(self.table(record, time.time()))

    def table(self, record: RunRecord, now: float) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        title = f"{record.pipeline} by recipe {record.recipe}, run {record.id}"
        table = Table(
            title=title,
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
            expand=True,
        )
        for column in ("", "step"):
            table.add_column(column, no_wrap=True)
        table.add_column("time", justify="right", no_wrap=True, min_width=11)
        table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
        for step in record.steps:
            mark, style = MARKS[step.status]
            table.add_row(
                Text(mark, style=style),
                Text(step.name, style="dim" if step.status == "waiting" else ""),
                _elapsed(step, now),
                self._detail(record, step),
            )
        return table

    def _detail(self, record: RunRecord, step: StepRecord) -> RenderableType:
        from rich.text import Text

        if step.problem:
            return Text(step.problem.what.splitlines()[0], style="red")
        if step.status == "cached":
            return Text(describe_cache(record, step), style="dim")
        losses = self._losses.get(step.name, [])
        curve = Text(" " + sparkline(losses), style="cyan") if losses else Text("")
        if step.status == "running":
            text = describe_progress(step.progress) or step.note or "at work"
            return Text.assemble(bar(step.progress), text, curve)
        if step.status == "succeeded":
            loss = f", loss {losses[-1]:.4g}" if losses else ""
            return Text.assemble(Text(step.note + loss, style="dim"), curve)
        return Text("stopped" if step.status == "interrupted" else "", style="yellow")


def _elapsed(step: StepRecord, now: float) -> str:
    if step.began is None:
        return ""
    return describe_seconds((step.ended or now) - step.began)


def bar(progress: dict[str, Any], width: int = 16) -> str:
    """A bar of `step` in `steps`, or nothing where these are not known."""
    step, steps = progress.get("step"), progress.get("steps")
    if not isinstance(step, int) or not isinstance(steps, int) or steps < 1:
        return ""
    full = round(width * min(step / steps, 1.0))
    return "━" * full + "╌" * (width - full) + " "


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """The course of `values` as one line of at most `width` characters."""
    if len(values) > width:
        size = len(values) / width
        values = [values[int(i * size)] for i in range(width - 1)] + [values[-1]]
    if not values:
        return ""
    low, span = min(values), (max(values) - min(values)) or 1.0
    return "".join(BARS[int((value - low) / span * (len(BARS) - 1))] for value in values)
