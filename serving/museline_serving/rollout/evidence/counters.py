"""Counters as they really are: each request is counted exactly once, or not at all."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """The last value that was counted of one source's pair of counters, and when it was read."""

    total: float
    bad: float
    at: float


def advance(last: Tally | None, read: Tally) -> tuple[Tally | None, float, float]:
    """The tally to remember, and the requests and bad requests that are new in `read`.

    - The first value of a source is where counting begins: nothing is new.
    - The same value again, or one read no later than the last, adds nothing.
    - A counter that fell was reset by a restart: what it shows was counted since then. Both
      counters are of one process, so that a fall of either is a reset of both.
    - Not a number, infinite, negative, or more bad than all: not a reading; the next good one
      covers its time too.
    """
    numbers = (read.total, read.bad, read.at)
    if not all(math.isfinite(each) and each >= 0 for each in numbers) or read.bad > read.total:
        return last, 0.0, 0.0
    if last is None:
        return read, 0.0, 0.0
    if read.at <= last.at:
        return last, 0.0, 0.0
    if read.total < last.total or read.bad < last.bad:
        return read, read.total, read.bad
    total, bad = read.total - last.total, read.bad - last.bad
    if bad > total:
        return last, 0.0, 0.0
    return read, total, bad
