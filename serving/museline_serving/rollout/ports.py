"""What stands around the engine: the ports. Their contracts are tested over each adapter
(tests/museline_serving/rollout/test_store.py, tests/museline_serving/gateway/test_envoy.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from museline_serving.rollout.plan import RolloutPlan
from museline_serving.rollout.words import Decision, Order, Sample, State, Verb


class Router(Protocol):
    """Splits the traffic of each surface."""

    def write(self, weights: Mapping[str, int], revision: int) -> None:
        """Give the candidate these percentages.

        A revision older than the one in use is not written: its writer was overtaken.
        """

    def read(self) -> Mapping[str, int] | None:
        """The candidate's percentages in use, not those last written; None if nobody answers."""


class Telemetry(Protocol):
    """Reads counters."""

    def read(self, now: float) -> tuple[Sample, ...] | None:
        """Both sides of each metric and surface that could be read; None if nothing answered."""


@dataclass(frozen=True)
class Stored:
    """A rollout as the store has it. `version` is the fence: it rises with every write."""

    name: str
    plan: RolloutPlan
    state: State
    version: int


class Store(Protocol):
    """Keeps rollouts and the orders of people through any crash."""

    def create(self, name: str, plan: RolloutPlan, state: State) -> Stored:
        """Raises BusyError if there is one of this name."""

    def load(self, name: str) -> Stored:
        """Raises ConfigurationError if there is none of this name."""

    def save(self, stored: Stored, state: State) -> Stored:
        """Replace the state. Raises StaleWriterError, and writes nothing, if another writer did
        since `stored` was read."""

    def names(self) -> Sequence[str]: ...

    def order(self, name: str, verb: Verb, actor: str, reason: str, at: float) -> Order:
        """Keep what a person wants until the controller looks."""

    def orders(self, name: str, after: int = 0) -> tuple[Order, ...]: ...

    def decisions(self, name: str) -> tuple[Decision, ...]:
        """All decisions from the beginning, also those that the state no longer holds."""


class Clock(Protocol):
    """Seconds since the epoch."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Readiness:
    """Who can answer, and whether the candidate is what was signed."""

    incumbent: bool
    candidate: bool
    verified: bool


class Servers(Protocol):
    """Knows the servers of both models."""

    def readiness(self) -> Readiness: ...
