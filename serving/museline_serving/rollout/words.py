"""The words of the engine: what it remembers, what it sees, and what it asks for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from museline_serving.rollout.evidence import Evidence, Tally

Side = Literal["incumbent", "candidate"]
Verb = Literal["approve", "pause", "resume", "abort", "suspend"]
Phase = Literal["waiting", "progressing", "frozen", "baking", "promoted", "rolled_back", "aborted"]
ENDED: frozenset[str] = frozenset({"promoted", "rolled_back", "aborted"})
HISTORY = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of a pair of counters: all requests and the bad ones, since `source` started."""

    source: str
    surface: str
    side: Side
    metric: str
    total: float
    bad: float
    at: float
    """When it was read, in seconds; readings no later than the last count nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants. `number` ascends in the store, so that each is obeyed once.

    `suspend` is the order of a person who stops the controller: it pauses and takes the wave that
    is not yet proven back to 0 %.
    """

    number: int
    verb: Verb
    actor: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at the world. `samples` is None and `routed` is None where nothing answered."""

    candidate_ready: bool
    incumbent_ready: bool
    candidate_verified: bool
    samples: tuple[Sample, ...] | None
    routed: Mapping[str, int] | None
    """The candidate's percentage per surface that the router has in use."""
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with its evidence (e-values, capped at 1e12), for the record."""

    at: float
    decision: str
    reason: str
    actor: str
    weights: dict[str, int]
    evidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class State:
    """All that the engine remembers. Serialized exactly; nothing else survives a restart."""

    weights: dict[str, int]
    """The candidate's percentage per surface that is wanted; the incumbent has the rest."""
    since: float
    """When the present step or phase began to hold in the router."""
    phase: Phase = "waiting"
    wave: int = 0
    step: int = -1
    """The index in the wave's weights; -1 before the wave begins."""
    step_requests: float = 0.0
    """The candidate's requests on the wave's surfaces when the step began."""
    revision: int = 0
    confirmed: int = -1
    tallies: dict[str, Tally] = field(default_factory=dict)
    book: dict[str, Evidence] = field(default_factory=dict)
    seen: float | None = None
    """The last time with telemetry."""
    silent: bool = False
    guarded: bool = False
    """The candidate was not ready at the last look."""
    paused_by: str | None = None
    approvals: dict[str, str] = field(default_factory=dict)
    obeyed: int = 0
    settled: bool = False
    """What follows from the end (the alias, the record) is done."""
    history: tuple[Decision, ...] = ()
    decided: int = 0
    """How many decisions there were, those that history no longer holds included."""

    @property
    def ended(self) -> bool:
        return self.phase in ENDED


@dataclass(frozen=True, slots=True)
class Route:
    """Give the candidate these percentages. Repeated at every look until the router has them."""

    weights: dict[str, int]
    revision: int


@dataclass(frozen=True, slots=True)
class Settle:
    """The rollout has ended so; do what follows. Repeated until it is confirmed."""

    outcome: Phase


Intent = Route | Settle


@cache
def _adapter(kind: type) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def to_json(value: State | Decision | Order) -> str:
    """As JSON; every float comes back as the same float."""
    return json.dumps(dataclasses.asdict(value), allow_nan=False)


def state_from_json(text: str) -> State:
    state = _adapter(State).validate_python(json.loads(text))
    assert isinstance(state, State)
    return state


def decision_from_json(text: str) -> Decision:
    decision = _adapter(Decision).validate_python(json.loads(text))
    assert isinstance(decision, Decision)
    return decision
