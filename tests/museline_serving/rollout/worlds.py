"""Adapters without a network, for the controller's tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from museline_serving.rollout import Analysis, Metric, RolloutPlan, Wave
from museline_serving.rollout.ports import Readiness
from museline_serving.rollout.words import Sample


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


PLAN = RolloutPlan(
    incumbent="old",
    candidate="new",
    waves=(
        Wave(name="first", surfaces=("web", "app"), weights=(10, 100)),
        Wave(name="second", surfaces=("glasses",), weights=(50, 100)),
    ),
    analysis=Analysis(
        metrics=(Metric(name="errors", kind="errors", margin=0.05, limit=0.1),),
        minimum_seconds=2,
        minimum_requests=10,
        silence_seconds=10,
    ),
    bake_seconds=3,
)


@dataclass
class MemoryWorld:
    """Router, telemetry, servers and clock at once: each second of sleep, users ask.

    `kill_at` names the call (by its number, from 1) after which the process dies.
    """

    requests: int = 100
    candidate_share: float = 0.0
    time: float = 1000.0
    weights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLAN.surfaces, 0))
    writes: list[dict[str, int]] = field(default_factory=list)
    settlements: list[str] = field(default_factory=list)
    counters: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    revision: int = -1
    calls: int = 0
    kill_at: int = 0
    ready: bool = True
    verified: bool = True
    answers: bool = True

    def step(self, work: Callable[[], None] = lambda: None) -> None:
        """One effect on the world that a crash may follow, or come before."""
        self.calls += 1
        if self.calls == self.kill_at:
            raise Killed
        work()

    def write(self, weights: Mapping[str, int], revision: int) -> None:
        def work() -> None:
            if revision >= self.revision:
                self.weights, self.revision = dict(weights), revision
                self.writes.append(dict(weights))

        self.step(work)

    def read(self, now: float | None = None):  # type: ignore[no-untyped-def]
        return dict(self.weights) if now is None else self.samples(now)

    def samples(self, now: float) -> tuple[Sample, ...] | None:
        if not self.answers:
            return None
        return tuple(
            Sample(
                "memory", surface, side, "errors", *self.counters.get((surface, side), [0, 0]), now
            )  # type: ignore[arg-type]
            for surface in PLAN.surfaces
            for side in ("incumbent", "candidate")
        )

    def readiness(self) -> Readiness:
        return Readiness(True, self.ready, self.verified)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        for surface, weight in self.weights.items():
            candidate = self.requests * weight / 100
            self._count(surface, "candidate", candidate, candidate * self.candidate_share)
            self._count(surface, "incumbent", self.requests - candidate, 0)

    def _count(self, surface: str, side: str, total: float, bad: float) -> None:
        pair = self.counters.setdefault((surface, side), [0.0, 0.0])
        pair[0] += total
        pair[1] += bad

    def settle(self, outcome: str, state: object) -> None:
        self.step(lambda: self.settlements.append(outcome))
