"""The engine: `decide` is a pure function without clock, I/O or randomness.

Invariants (tests/museline_serving/rollout/test_invariants.py):
  1. a candidate that is not ready or not verified gets 0 on every surface;
  2. after a rollback or an abort nothing gives it more than 0 again;
  3. a wave begins only when the one before is proven at 100 %;
  4. no step advances on inconclusive evidence;
  5. no weight rises while telemetry is silent, while a person paused, or while frozen;
  6. a wave with a gate begins only after its approval.
Every weight is written by `_reweigh`, which holds 1, 2 and 5 whatever the rest does.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import Literal

from museline_serving.rollout.evidence import (
    Counts,
    Evidence,
    Tally,
    advance,
    harm_tests,
    key,
    log_harm,
    log_safety,
    worst,
)
from museline_serving.rollout.plan import RolloutPlan
from museline_serving.rollout.words import (
    HISTORY,
    Decision,
    Intent,
    Observation,
    Order,
    Route,
    Sample,
    Settle,
    State,
)

ENGINE = "engine"


def begin(plan: RolloutPlan, now: float) -> State:
    """The state before anything happened: all traffic is the incumbent's."""
    return State(weights=dict.fromkeys(plan.surfaces, 0), since=now)


def decide(
    plan: RolloutPlan, state: State, observation: Observation, now: float
) -> tuple[State, tuple[Intent, ...]]:
    """The state to store and then, in this order, what to do to the world.

    Repeating a look changes nothing: intents come again until `observation` shows them done.
    """
    fresh = bool(observation.samples)
    state = _confirm(state, observation, now)
    state = _absorb(plan, state, observation, now)
    for order in observation.orders:
        if order.number > state.obeyed:
            state = replace(_obey(plan, state, order, now), obeyed=order.number)
    if not state.ended:
        state = _watch_readiness(plan, state, observation, now)
    if not state.ended:
        state = _watch_silence(plan, state, now)
    if not state.ended:
        state = _watch_harm(plan, state, now)
    may_rise = (
        fresh
        and observation.candidate_ready
        and observation.candidate_verified
        and observation.incumbent_ready
        and state.paused_by is None
        and state.phase != "frozen"
    )
    if may_rise and not state.ended:
        state = _advance(plan, state, observation, now)
    state = _reweigh(plan, state, observation, may_rise)
    return state, _intents(state, observation)


def settled(state: State) -> State:
    """After the `Settle` intent was carried out."""
    return replace(state, settled=True)


def _confirm(state: State, observation: Observation, now: float) -> State:
    if observation.routed is None or dict(observation.routed) != state.weights:
        if observation.routed is not None and state.confirmed == state.revision:
            state = _note(state, now, "foreign change", "the routes are not as they were written")
            return replace(state, confirmed=state.revision - 1)
        return state
    if state.confirmed == state.revision:
        return state
    return replace(state, confirmed=state.revision, since=now)


def _absorb(plan: RolloutPlan, state: State, observation: Observation, now: float) -> State:
    """The new samples as evidence. A pair of counters moves on only when both sides were read."""
    if not observation.samples:
        return state
    groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in observation.samples:
        groups[sample.metric, sample.surface].append(sample)
    tallies, book = dict(state.tallies), dict(state.book)
    for metric in plan.analysis.metrics:
        for surface in plan.surfaces:
            samples = groups.get((metric.name, surface), [])
            if {sample.side for sample in samples} != {"incumbent", "candidate"}:
                continue
            counts = _count(tallies, samples)
            name = key(metric.name, surface)
            if counts != Counts() or name not in book:
                book[name] = book.get(name, Evidence()).update(metric, counts)
    return replace(state, tallies=tallies, book=book, seen=now, silent=False)


def _count(tallies: dict[str, Tally], samples: list[Sample]) -> Counts:
    """What is new in `samples` of one metric and surface; `tallies` is brought up to date."""
    counts = Counts()
    for sample in samples:
        name = f"{sample.source}/{sample.metric}/{sample.surface}/{sample.side}"
        read = Tally(sample.total, sample.bad, sample.at)
        tally, total, bad = advance(tallies.get(name), read)
        if tally is not None:
            tallies[name] = tally
        counts += (
            Counts(candidate=total, candidate_bad=bad)
            if sample.side == "candidate"
            else Counts(incumbent=total, incumbent_bad=bad)
        )
    return counts


def _obey(plan: RolloutPlan, state: State, order: Order, now: float) -> State:
    ended = state.ended and not (state.phase == "promoted" and not state.settled)
    if ended:
        return _note(state, now, f"{order.verb} refused", "the rollout has ended", order.actor)
    if order.verb == "abort":
        state = replace(state, phase="aborted", since=now)
        weights = dict.fromkeys(plan.surfaces, 0)
        return _note(state, now, "abort", order.reason, order.actor, weights=weights)
    if order.verb in ("pause", "suspend"):
        restart = order.verb == "suspend" and state.phase == "progressing"
        state = replace(state, paused_by=order.actor, step=-1 if restart else state.step)
        return _note(state, now, order.verb, order.reason, order.actor)
    if order.verb == "resume":
        if state.paused_by is None:
            return _note(state, now, "resume refused", "it was not paused", order.actor)
        return _note(replace(state, paused_by=None), now, "resume", order.reason, order.actor)
    wave = plan.waves[state.wave]
    if wave.gate != "approval" or state.phase != "waiting":
        return _note(state, now, "approve refused", "nothing waits for approval", order.actor)
    state = replace(state, approvals={**state.approvals, wave.name: order.actor})
    return _note(state, now, f"approve {wave.name}", order.reason, order.actor)


def _watch_readiness(
    plan: RolloutPlan, state: State, observation: Observation, now: float
) -> State:
    if not observation.candidate_verified:
        return end(plan, state, now, "rolled_back", "the candidate's signature does not hold")
    if observation.candidate_ready == (not state.guarded):
        return state
    if observation.candidate_ready:
        return _note(replace(state, guarded=False), now, "ready", "the candidate is ready again")
    step = -1 if state.phase in ("progressing", "waiting") else state.step
    state = replace(state, guarded=True, step=step)
    return _note(state, now, "not ready", "the candidate is not ready and gets nothing")


def _watch_silence(plan: RolloutPlan, state: State, now: float) -> State:
    last = state.seen if state.seen is not None else state.since
    if state.silent or now - last <= plan.analysis.silence_seconds:
        return state
    reason = f"no telemetry for {now - last:.0f} s"
    if plan.analysis.on_silence == "rollback" and any(state.weights.values()):
        return end(plan, state, now, "rolled_back", reason)
    return _note(replace(state, silent=True), now, "hold", reason)


def _watch_harm(plan: RolloutPlan, state: State, now: float) -> State:
    tests = harm_tests(plan, state.book)
    if log_harm(tests) < -math.log(plan.analysis.alpha) or state.phase == "frozen":
        return state
    test = worst(tests)
    reason = (
        f"{test.metric} on {test.wave if test.scope == 'all' else test.scope}: "
        f"{test.counts.candidate_bad:.0f} of {test.counts.candidate:.0f} of the candidate's "
        f"requests against {test.counts.incumbent_bad:.0f} of {test.counts.incumbent:.0f}"
    )
    if plan.on_harm == "freeze":
        state = replace(state, phase="frozen", since=now)
        return _note(state, now, "freeze", reason, evidence=_evidence(plan, state))
    return end(plan, state, now, "rolled_back", reason)


def end(
    plan: RolloutPlan,
    state: State,
    now: float,
    phase: Literal["rolled_back", "promoted"],
    reason: str,
) -> State:
    """The rollout ends in `phase`; its weights follow in `_reweigh`."""
    state = replace(state, phase=phase, since=now)
    name, weight = {"rolled_back": ("roll back", 0), "promoted": ("promote", 100)}[phase]
    weights = dict.fromkeys(plan.surfaces, weight)
    return _note(state, now, name, reason, evidence=_evidence(plan, state), weights=weights)


def _advance(plan: RolloutPlan, state: State, observation: Observation, now: float) -> State:
    if state.phase == "baking":
        if state.confirmed != state.revision or now - state.since < plan.bake_seconds:
            return state
        return end(plan, state, now, "promoted", "no harm was seen while the incumbent was warm")
    wave = plan.waves[state.wave]
    if state.step < 0:
        if not _complete(plan, observation):
            return state
        if wave.gate == "approval" and wave.name not in state.approvals:
            return replace(state, phase="waiting")
        return _take_step(plan, replace(state, phase="progressing"), now, 0)
    if state.confirmed != state.revision or not _proven(plan, state, observation, now):
        return state
    if state.step + 1 < len(wave.weights):
        return _take_step(plan, state, now, state.step + 1)
    state = _note(
        state, now, f"done {wave.name}", "proven at 100 %", evidence=_evidence(plan, state)
    )
    if state.wave + 1 < len(plan.waves):
        state = replace(state, wave=state.wave + 1, step=-1, phase="waiting", since=now)
        return _advance(plan, state, observation, now)
    state = replace(state, phase="baking", since=now)
    return _note(state, now, "bake", f"the incumbent stays warm for {plan.bake_seconds:g} s")


def _take_step(plan: RolloutPlan, state: State, now: float, step: int) -> State:
    wave = plan.waves[state.wave]
    state = replace(state, step=step, since=now, step_requests=wave_requests(plan, state))
    reason = "the wave begins" if step == 0 else "not worse by the margin in any metric"
    name = f"{wave.name} to {wave.weights[step]} %"
    weights = dict(state.weights) | dict.fromkeys(wave.surfaces, wave.weights[step])
    return _note(state, now, name, reason, evidence=_evidence(plan, state), weights=weights)


def wave_requests(plan: RolloutPlan, state: State) -> float:
    """The candidate's requests so far on the surfaces of the present wave."""
    metric = plan.analysis.metrics[0].name
    found = (state.book.get(key(metric, each)) for each in plan.waves[state.wave].surfaces)
    return sum(evidence.counts.candidate for evidence in found if evidence)


def _complete(plan: RolloutPlan, observation: Observation) -> bool:
    """Whether this look has both sides of every metric on every surface of the plan."""
    seen = {(each.metric, each.surface, each.side) for each in observation.samples or ()}
    return all(
        (metric.name, surface, side) in seen
        for metric in plan.analysis.metrics
        for surface in plan.surfaces
        for side in ("incumbent", "candidate")
    )


def _proven(plan: RolloutPlan, state: State, observation: Observation, now: float) -> bool:
    analysis = plan.analysis
    if not _complete(plan, observation) or now - state.since < analysis.minimum_seconds:
        return False
    if wave_requests(plan, state) - state.step_requests < analysis.minimum_requests:
        return False
    bar = -math.log(analysis.beta)
    return all(
        value >= bar for value in log_safety(plan, state.book, plan.waves[state.wave]).values()
    )


def _reweigh(plan: RolloutPlan, state: State, observation: Observation, may_rise: bool) -> State:
    """The weights that follow from the state; the last word on every one of them."""
    wanted = _target(plan, state)
    guarded = not (observation.candidate_ready and observation.candidate_verified)
    for surface, weight in wanted.items():
        if guarded:
            wanted[surface] = 0
        elif weight > state.weights[surface] and not may_rise:
            wanted[surface] = state.weights[surface]
    if wanted == state.weights:
        return state
    changed = {surface for surface in wanted if wanted[surface] != state.weights[surface]}
    book = {
        name: evidence.closed() if name.partition("/")[2] in changed else evidence
        for name, evidence in state.book.items()
    }
    return replace(state, weights=wanted, revision=state.revision + 1, book=book)


def _target(plan: RolloutPlan, state: State) -> dict[str, int]:
    if state.phase in ("rolled_back", "aborted"):
        return dict.fromkeys(plan.surfaces, 0)
    if state.phase in ("baking", "promoted"):
        return dict.fromkeys(plan.surfaces, 100)
    if state.phase == "frozen":
        return dict(state.weights)
    weights: dict[str, int] = {}
    for number, wave in enumerate(plan.waves):
        present = wave.weights[state.step] if number == state.wave and state.step >= 0 else 0
        weights |= dict.fromkeys(wave.surfaces, 100 if number < state.wave else present)
    return weights


def _intents(state: State, observation: Observation) -> tuple[Intent, ...]:
    intents: list[Intent] = []
    routed = observation.routed
    if routed is None or dict(routed) != state.weights:
        intents.append(Route(dict(state.weights), state.revision))
    elif state.ended and not state.settled and _target_reached(state):
        intents.append(Settle(state.phase))
    return tuple(intents)


def _target_reached(state: State) -> bool:
    """A promotion is settled only while the candidate has everything."""
    return state.phase != "promoted" or set(state.weights.values()) == {100}


def _evidence(plan: RolloutPlan, state: State) -> dict[str, float]:
    tests = harm_tests(plan, state.book)
    values = {"harm": log_harm(tests)}
    safety = log_safety(plan, state.book, plan.waves[state.wave])
    values |= {f"safety {metric}": value for metric, value in safety.items()}
    return {name: min(math.exp(min(value, 60.0)), 1e12) for name, value in values.items()}


def _note(
    state: State,
    now: float,
    decision: str,
    reason: str,
    actor: str = ENGINE,
    evidence: dict[str, float] | None = None,
    weights: dict[str, int] | None = None,
) -> State:
    noted = Decision(now, decision, reason, actor, weights or dict(state.weights), evidence or {})
    return replace(state, history=(*state.history, noted)[-HISTORY:], decided=state.decided + 1)
