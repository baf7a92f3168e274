"""The engine's invariants, checked over long random lives: people, outages, crashes, evidence."""

from __future__ import annotations

import math

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from museline_serving.rollout import Analysis, Metric, RolloutPlan, Wave, begin, decide
from museline_serving.rollout.engine import settled
from museline_serving.rollout.evidence import harm_tests, log_harm, log_safety
from museline_serving.rollout.words import (
    Observation,
    Order,
    Route,
    Sample,
    Settle,
    State,
    state_from_json,
    to_json,
)

PLAN = RolloutPlan(
    waves=(
        Wave(name="first", surfaces=("a", "b"), weights=(10, 50, 100)),
        Wave(name="second", surfaces=("c",), weights=(30, 100), gate="approval"),
    ),
    analysis=Analysis(
        metrics=(Metric(name="errors", kind="errors", margin=0.2, limit=0.3),),
        minimum_seconds=2,
        minimum_requests=5,
        silence_seconds=10,
    ),
    bake_seconds=3,
)
SIDES = ("incumbent", "candidate")


class World(RuleBasedStateMachine):
    """Envoy, servers and people in a few numbers; the engine's state goes through JSON each time.

    A crash loses what was decided before it was stored, or what was to be done after it was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.state = begin(PLAN, 0.0)
        self.routed: dict[str, int] | None = dict.fromkeys(PLAN.surfaces, 0)
        self.counters = {(surface, side): [0, 0] for surface in PLAN.surfaces for side in SIDES}
        self.candidate_ready = self.incumbent_ready = self.verified = True
        self.telemetry = True
        self.orders: list[Order] = []
        self.settlements: list[str] = []
        self.was: tuple[State, Observation] | None = None

    # What happens in the world.

    @rule(requests=st.integers(0, 300), share=st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.02, 0.5]))
    def users(self, requests: int, share: float) -> None:
        for surface in PLAN.surfaces:
            weight = (self.routed or {}).get(surface, 0)
            candidate = requests * weight // 100
            self._count(surface, "candidate", candidate, math.floor(candidate * share))
            self._count(surface, "incumbent", requests - candidate, 0)

    def _count(self, surface: str, side: str, total: int, bad: int) -> None:
        self.counters[surface, side][0] += total
        self.counters[surface, side][1] += bad

    @rule(ready=st.sampled_from([True, True, True, False]))
    def candidate(self, ready: bool) -> None:
        self.candidate_ready = ready

    @rule(ready=st.sampled_from([True, True, True, False]))
    def incumbent(self, ready: bool) -> None:
        self.incumbent_ready = ready

    @rule(answers=st.sampled_from([True, True, True, False]))
    def scrape(self, answers: bool) -> None:
        self.telemetry = answers

    @rule()
    def a_restart_resets_counters(self) -> None:
        for pair in self.counters.values():
            pair[:] = [0, 0]

    @rule(surface=st.sampled_from(PLAN.surfaces), weight=st.integers(0, 100))
    def somebody_else_writes_a_route(self, surface: str, weight: int) -> None:
        if self.routed is not None:
            self.routed[surface] = weight

    @rule(verb=st.sampled_from(["approve", "approve", "pause", "resume", "resume", "suspend"]))
    def a_person(self, verb: str) -> None:
        self.orders.append(Order(len(self.orders) + 1, verb, "ann", "why", self.now))  # type: ignore[arg-type]

    @precondition(lambda self: self.now > 40)
    @rule()
    def abort(self) -> None:
        self.orders.append(Order(len(self.orders) + 1, "abort", "ann", "why", self.now))

    @precondition(lambda self: self.now > 40)
    @rule()
    def the_signature_breaks(self) -> None:
        self.verified = False

    # What the controller does.

    @rule(seconds=st.sampled_from([1.0, 1.0, 3.0, 15.0]), crash=st.sampled_from(["", "", "a", "b"]))
    def look(self, seconds: float, crash: str) -> None:
        self.now += seconds
        observation = self._observe()
        before = self.state
        state, intents = decide(PLAN, before, observation, self.now)
        assert state_from_json(to_json(state)) == state
        self._check(before, state, observation)
        if crash == "a":
            return
        self.state = state
        if crash == "b":
            return
        for intent in intents:
            if isinstance(intent, Route):
                self.routed = dict(intent.weights)
            elif isinstance(intent, Settle):
                self.settlements.append(intent.outcome)
                whole = 100 if intent.outcome == "promoted" else 0
                assert set(self.routed.values()) == {whole}  # type: ignore[union-attr]
                self.state = settled(self.state)

    @rule()
    def many_good_looks(self) -> None:
        self.candidate_ready = self.incumbent_ready = self.telemetry = True
        for _ in range(6):
            self.users(200, 0.0)
            self.look(3.0, "")

    def _observe(self) -> Observation:
        samples = tuple(
            Sample("one", surface, side, "errors", *self.counters[surface, side], self.now)  # type: ignore[arg-type]
            for surface, side in self.counters
        )
        return Observation(
            candidate_ready=self.candidate_ready,
            incumbent_ready=self.incumbent_ready,
            candidate_verified=self.verified,
            samples=samples if self.telemetry else None,
            routed=None if self.routed is None else dict(self.routed),
            orders=tuple(self.orders),
        )

    def _check(self, before: State, after: State, seen: Observation) -> None:
        risen = [each for each in PLAN.surfaces if after.weights[each] > before.weights[each]]
        if not (seen.candidate_ready and seen.candidate_verified):
            assert set(after.weights.values()) == {0}
        if after.phase in ("rolled_back", "aborted"):
            assert set(after.weights.values()) == {0}
        if risen:
            assert seen.samples
            assert seen.incumbent_ready
            assert after.paused_by is None
            assert after.phase != "frozen"
            assert log_harm(harm_tests(PLAN, after.book)) < -math.log(PLAN.analysis.alpha)
        if before.ended:
            assert after.phase in (before.phase, "aborted")
        advanced = (after.wave, after.step) > (before.wave, before.step) and before.step >= 0
        if advanced or (after.phase == "baking" and before.phase != "baking"):
            proof = log_safety(PLAN, after.book, PLAN.waves[before.wave])
            assert min(proof.values()) >= -math.log(PLAN.analysis.beta)
            assert before.confirmed == before.revision or after.confirmed >= before.revision
        if after.wave > before.wave:
            assert before.step == len(PLAN.waves[before.wave].weights) - 1
        if after.step >= 0 and PLAN.waves[after.wave].gate == "approval":
            assert PLAN.waves[after.wave].name in after.approvals
        if after.phase == "promoted" and before.phase != "promoted":
            assert before.phase == "baking"

    @invariant()
    def weights_are_percentages_of_all_surfaces(self) -> None:
        assert set(self.state.weights) == set(PLAN.surfaces)
        assert all(0 <= weight <= 100 for weight in self.state.weights.values())

    @invariant()
    def what_is_settled_is_settled_once(self) -> None:
        assert len(self.settlements) <= 1

    @invariant()
    def history_is_bounded(self) -> None:
        assert len(self.state.history) <= 200


World.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestInvariants = World.TestCase
