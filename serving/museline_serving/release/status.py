"""Where a release is, why, and what it waits for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from museline.storage import Home
from museline_serving.release.names import controller_lives, open_store
from museline_serving.rollout.evidence import Counts, combined, harm_tests, log_harm, worst
from museline_serving.rollout.evidence.safety import FRACTIONS
from museline_serving.rollout.plan import Metric, RolloutPlan, Wave
from museline_serving.rollout.words import Decision, State


@dataclass(frozen=True)
class Proof:
    """One e-process beside its bar. `share` (0 to 1) is how far it has come, in logs."""

    name: str
    e_value: float
    bar: float
    share: float
    counts: Counts
    more_requests: int = 0
    """About how many good requests of the candidate are still missing; 0 at the bar."""

    @property
    def reached(self) -> bool:
        return self.e_value >= self.bar


@dataclass(frozen=True)
class Status:
    """Everything that a person asks about a release."""

    name: str
    incumbent: str
    candidate: str
    phase: str
    wave: str
    wave_number: int
    waves: int
    step: int
    steps: int
    weights: Mapping[str, int]
    harm: Proof
    safety: tuple[Proof, ...]
    approvals: Mapping[str, str]
    paused_by: str | None
    running: bool
    waits_for: str
    decisions: tuple[Decision, ...]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def read_status(home: Home, name: str) -> Status:
    """The status of the release `name`. Raises ConfigurationError if there is none."""
    store = open_store(home)
    stored = store.load(name)
    return describe(
        name, stored.plan, stored.state, controller_lives(home, name), store.decisions(name)
    )


def describe(
    name: str,
    plan: RolloutPlan,
    state: State,
    running: bool,
    decisions: tuple[Decision, ...] = (),
) -> Status:
    wave = plan.waves[state.wave]
    safety = tuple(_safety(plan, state, wave, metric) for metric in plan.analysis.metrics)
    return Status(
        name=name,
        incumbent=plan.incumbent,
        candidate=plan.candidate,
        phase=state.phase,
        wave=wave.name,
        wave_number=state.wave + 1,
        waves=len(plan.waves),
        step=state.step + 1,
        steps=len(wave.weights),
        weights=dict(state.weights),
        harm=_harm(plan, state),
        safety=safety,
        approvals=dict(state.approvals),
        paused_by=state.paused_by,
        running=running and not state.settled,
        waits_for=waits_for(plan, state, safety, running),
        decisions=decisions,
    )


def waits_for(plan: RolloutPlan, state: State, safety: tuple[Proof, ...], running: bool) -> str:
    """In plain words, why the release is where it is."""
    wave = plan.waves[state.wave]
    if state.ended:
        return "nothing: it has ended" if state.settled else "its routes and its records"
    if not running:
        return "a process that goes on with it: muse release start --resume NAME"
    if state.paused_by:
        return f"muse release resume (paused by {state.paused_by})"
    if state.phase == "frozen":
        return "a person: muse release abort"
    if state.guarded:
        return "the candidate to be ready"
    if state.silent:
        return "telemetry, which is silent"
    if state.phase == "baking":
        return f"{plan.bake_seconds:g} s without harm, the incumbent kept warm"
    if state.phase == "waiting" and wave.gate == "approval" and wave.name not in state.approvals:
        return f"approval of the wave {wave.name}: muse release approve"
    missing = [proof for proof in safety if not proof.reached]
    if missing:
        most = max(missing, key=lambda proof: proof.more_requests)
        margin = plan.metric(most.name).margin
        return (
            f"about {most.more_requests} more requests of the candidate on {wave.name}, to show "
            f"that {most.name} are not worse by {100 * margin:g} points"
        )
    return f"the least time of this step ({plan.analysis.minimum_seconds:g} s) and its requests"


def _harm(plan: RolloutPlan, state: State) -> Proof:
    tests = harm_tests(plan, state.book)
    test = worst(tests)
    where = f"all of {test.wave}" if test.scope == "all" else test.scope
    return _proof(
        f"{test.metric} on {where}", log_harm(tests), -math.log(plan.analysis.alpha), test.counts
    )


def _safety(plan: RolloutPlan, state: State, wave: Wave, metric: Metric) -> Proof:
    evidence = combined(state.book, metric, wave)
    log_e, bar = evidence.log_safety(metric), -math.log(plan.analysis.beta)
    gain = -math.log1p(-metric.margin * (1 - FRACTIONS[0]) / (1 - FRACTIONS[0] * metric.margin))
    more = math.ceil(max(0.0, bar - log_e) / gain)
    return _proof(metric.name, log_e, bar, evidence.counts, more)


def _proof(name: str, log_e: float, bar: float, counts: Counts, more: int = 0) -> Proof:
    return Proof(
        name=name,
        e_value=math.exp(min(log_e, 60.0)),
        bar=math.exp(bar),
        share=min(1.0, max(0.0, log_e / bar)),
        counts=counts,
        more_requests=more,
    )
