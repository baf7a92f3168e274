"""How a release looks in the terminal, and as lines where there is none."""

from __future__ import annotations

import json
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from museline.storage import Home
from museline_serving.release.names import open_store
from museline_serving.release.status import Proof, Status, read_status

if TYPE_CHECKING:
    from museline.cards import RolloutRecord

BAR = 30
LINE_SECONDS = 5.0
COLOURS = {"promoted": "green", "rolled_back": "red", "aborted": "red", "frozen": "yellow"}


def bar(share: float, width: int = BAR) -> str:
    """A bar that is filled up to `share` (0 to 1)."""
    filled = round(share * width)
    return "█" * filled + "·" * (width - filled)


def render(status: Status) -> RenderableType:
    """A release for a person: weights per surface, evidence beside its bars, what it waits for."""
    title = Text.assemble(
        (status.name, "bold"),
        f"  {status.candidate} replaces {status.incumbent}  ",
        (status.phase.replace("_", " "), COLOURS.get(status.phase, "cyan")),
    )
    where = f"wave {status.wave} ({status.wave_number} of {status.waves})"
    if status.step:
        where += f", step {status.step} of {status.steps}"
    weights = Table(box=None, pad_edge=False, show_header=False)
    for surface, weight in status.weights.items():
        weights.add_row(surface, f"[cyan]{bar(weight / 100)}[/]", f"{weight} %")
    evidence = Table(box=None, pad_edge=False)
    for column in ("evidence", "", "now", "decides at", "candidate", "incumbent"):
        evidence.add_column(column)
    evidence.add_row(f"harm: {status.harm.name}", *_cells(status.harm, "red"))
    for proof in status.safety:
        evidence.add_row(f"safe: {proof.name}", *_cells(proof, "green"))
    rows: list[RenderableType] = [title, where, "", weights, "", evidence, ""]
    if status.approvals:
        given = ", ".join(f"{wave} by {actor}" for wave, actor in status.approvals.items())
        rows.append(f"approved: {given}")
    rows.append(f"waits for: {status.waits_for}")
    rows += [Text(f"  {_decision_line(each)}", style="dim") for each in status.decisions[-5:]]
    return Group(*rows)


def _cells(proof: Proof, colour: str) -> tuple[str, str, str, str, str]:
    counts = proof.counts
    return (
        f"[{colour}]{bar(proof.share, 16)}[/]",
        f"{proof.e_value:,.3g}",
        f"{proof.bar:,.0f}",
        f"{counts.candidate_bad:.0f} of {counts.candidate:.0f}",
        f"{counts.incumbent_bad:.0f} of {counts.incumbent:.0f}",
    )


def _decision_line(decision: Any) -> str:
    when = time.strftime("%H:%M:%S", time.localtime(decision.at))
    who = "" if decision.actor == "engine" else f" ({decision.actor})"
    return f"{when}  {decision.decision}{who}: {decision.reason}"


class Viewer:
    """Shows the release that this process carries out: live in a terminal, else as lines."""

    def __init__(self, home: Home, output: str) -> None:
        self._home, self._output, self._name = home, output, ""
        self._live: Live | None = None
        self._said = 0.0

    def __enter__(self) -> Viewer:
        if self._output == "table" and sys.stdout.isatty():
            self._live = Live(console=Console(highlight=False), refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: str, **fields: object) -> None:
        self._name = str(fields.get("name", self._name))
        if self._live and event == "progress":
            self._live.update(render(read_status(self._home, self._name)))
        elif self._live:
            if "decision" not in fields and event == "note":
                self._live.update(Text(str(fields["text"])))
        else:
            self._line(event, fields)

    def _line(self, event: str, fields: dict[str, object]) -> None:
        stream_to_stderr = self._output == "json"
        if event == "note":
            click.echo(f"release: {fields['text']}", err=stream_to_stderr)
        elif event == "progress" and time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            status = read_status(self._home, self._name)
            click.echo(f"release: {summary(status)}", err=stream_to_stderr)

    def end(self, record: RolloutRecord) -> None:
        """The last words: what came of it."""
        if self._output == "json":
            click.echo(json.dumps(record.model_dump(mode="json")))
            return
        colour = COLOURS.get(record.outcome, "cyan")
        click.secho(f"{record.name}: {record.outcome.replace('_', ' ')}", fg=colour, bold=True)
        if record.decisions:
            click.echo(f"  because {record.decisions[-1].reason}")
        for name, value in record.measures.items():
            click.echo(f"  {name.replace('_', ' ')}: {value:g}")


def summary(status: Status) -> str:
    """One line: the weights of the present wave and how far its proof is."""
    weights = ", ".join(f"{surface} {weight} %" for surface, weight in status.weights.items())
    proofs = ", ".join(f"{each.name} {each.e_value:.3g}/{each.bar:.0f}" for each in status.safety)
    harm = f"harm {status.harm.e_value:.3g}/{status.harm.bar:.0f}"
    return f"{status.phase} [{weights}] {harm}; safe: {proofs}"


def follow(home: Home, name: str) -> None:
    """Show a release that another process carries out until it ends."""
    store = open_store(home)
    console = Console(highlight=False)
    if not console.is_terminal:
        _follow_lines(home, name)
        return
    with Live(console=console, refresh_per_second=4) as live:
        while True:
            live.update(render(read_status(home, name)))
            if store.load(name).state.settled:
                return
            time.sleep(1)


def _follow_lines(home: Home, name: str) -> None:
    told, said = 0, ""
    while True:
        status = read_status(home, name)
        for decision in status.decisions[told:]:
            click.echo(_decision_line(decision))
        told = len(status.decisions)
        if (weights := json.dumps(status.weights)) != said:
            said = weights
            click.echo(summary(status))
        if open_store(home).load(name).state.settled:
            return
        time.sleep(1)


def terminate_as_interrupt() -> None:
    """Let SIGTERM stop a release as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
