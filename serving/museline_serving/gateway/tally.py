"""What the users saw, second by second."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

PLATFORM = "platform"
"""In place of a version, where no version answered."""
AWAY = "away"
"""In place of a version, for users who did not ask since too many were waiting."""


@dataclass
class Cell:
    """The requests of one surface that one version answered, in one second."""

    requests: int = 0
    errors: int = 0
    """Answers 5xx of the version itself."""
    failed: int = 0
    """Requests that no version answered: refused connections, 5xx of the gateway, timeouts."""
    away: int = 0
    """Users who stayed away; they are no requests."""
    refused: int = 0
    """Answers 4xx."""
    right: int = 0
    wrong: int = 0
    seconds: float = 0.0
    """The sum of the durations."""

    def add(self, other: Cell) -> None:
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True)
class Second:
    """One line of the stream: `cells` by surface and version."""

    at: float
    cells: Mapping[tuple[str, str], Cell]


@dataclass
class Tally:
    """Counts requests, and appends each second that is over to the stream file."""

    stream: Path
    totals: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    durations: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds of each answer, by version."""
    _present: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))

    def count(self, surface: str, version: str, one: Cell) -> None:
        self._present[surface, version].add(one)
        self.totals[surface, version].add(one)
        if version not in (PLATFORM, AWAY):
            self.durations[version].append(one.seconds)

    def close_second(self, at: float) -> None:
        """Write what was counted since the last call as the second that ended `at`."""
        cells = [
            {"surface": surface, "version": version, **asdict(cell)}
            for (surface, version), cell in sorted(self._present.items())
        ]
        self._present.clear()
        with self.stream.open("a") as file:
            file.write(json.dumps({"at": at, "cells": cells}) + "\n")

    def sum(self, name: str) -> float:
        return sum(getattr(cell, name) for cell in self.totals.values())


def read_stream(path: Path) -> list[Second]:
    """The whole seconds in a stream file; a last line that a crash cut off is left out."""
    if not path.exists():
        return []
    text = path.read_text()
    return [_second(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def _second(line: str) -> Second:
    content = json.loads(line)
    return Second(
        content["at"],
        {(each.pop("surface"), each.pop("version")): Cell(**each) for each in content["cells"]},
    )


def totals(seconds: Iterable[Second]) -> dict[str, Cell]:
    """All that was counted, by version."""
    found: dict[str, Cell] = defaultdict(Cell)
    for second in seconds:
        for (_, version), cell in second.cells.items():
            found[version].add(cell)
    return dict(found)
