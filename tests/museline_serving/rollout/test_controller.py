"""The controller without a network: outcomes, crashes at every point, stale writers."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import PLAN, Killed, MemoryWorld

from museline_serving.rollout import begin
from museline_serving.rollout.adapters.sqlite_store import SQLiteStore
from museline_serving.rollout.controller import Controller
from museline_serving.rollout.errors import StaleWriterError
from museline_serving.rollout.plan import RolloutPlan
from museline_serving.rollout.ports import Stored
from museline_serving.rollout.words import State


class KillableStore(SQLiteStore):
    """Dies before or after a write, as the world says."""

    world: MemoryWorld
    synchronous = "OFF"  # hundreds of lives: no power failure is played here

    def save(self, stored: Stored, state: State) -> Stored:
        self.world.step()
        saved = super().save(stored, state)
        self.world.step()
        return saved


def controller(store: SQLiteStore, world: MemoryWorld, name: str = "r") -> Controller:
    router = type("Router", (), {"read": lambda self: world.read(), "write": world.write})()
    return Controller(store.load(name), store, router, world, world, world, world.settle)  # type: ignore[arg-type]


def begun(store: SQLiteStore, world: MemoryWorld, plan: RolloutPlan = PLAN) -> Controller:
    store.create("r", plan, begin(plan, world.now()))
    return controller(store, world)


def test_a_healthy_candidate_gets_everything_wave_by_wave(store: SQLiteStore) -> None:
    world = MemoryWorld()
    state = begun(store, world).run()
    assert state.phase == "promoted"
    assert world.settlements == ["promoted"]
    assert world.writes == [
        {"web": 10, "app": 10, "glasses": 0},
        {"web": 100, "app": 100, "glasses": 0},
        {"web": 100, "app": 100, "glasses": 50},
        {"web": 100, "app": 100, "glasses": 100},
    ]


def test_a_broken_candidate_is_rolled_back_early(store: SQLiteStore) -> None:
    world = MemoryWorld(candidate_share=0.1)
    state = begun(store, world).run()
    assert state.phase == "rolled_back"
    assert world.writes[-1] == {"web": 0, "app": 0, "glasses": 0}
    assert "errors on first" in state.history[-1].reason
    bad = sum(pair[1] for (_, side), pair in world.counters.items() if side == "candidate")
    assert bad <= 12


def test_freeze_keeps_the_weights_and_abort_ends_it(store: SQLiteStore) -> None:
    world = MemoryWorld(candidate_share=0.1)
    running = begun(store, world, PLAN.model_copy(update={"on_harm": "freeze"}))
    for _ in range(30):
        running.look()
        world.sleep(1)
    assert running.state.phase == "frozen"
    assert running.state.weights == {"web": 10, "app": 10, "glasses": 0}
    store.order("r", "abort", "ann", "enough", world.now())
    assert running.run().phase == "aborted"
    assert set(world.weights.values()) == {0}


def test_an_inconclusive_candidate_is_never_promoted(store: SQLiteStore) -> None:
    """Four points more errors are within the margin of five, but not by enough to show it."""
    world = MemoryWorld(candidate_share=0.049, requests=4)
    running = begun(store, world, PLAN.model_copy(update={"on_harm": "freeze"}))
    for _ in range(150):
        running.look()
        world.sleep(1)
    assert running.state.wave == 0
    assert max(world.weights.values()) == 10


def test_silence_holds_or_rolls_back(store: SQLiteStore) -> None:
    world = MemoryWorld()
    running = begun(store, world)
    running.look()
    world.answers = False
    for _ in range(30):
        world.sleep(1)
        running.look()
    assert running.state.silent
    assert world.weights == {"web": 10, "app": 10, "glasses": 0}
    world.answers = True
    assert running.run().phase == "promoted"


def test_silence_rolls_back_where_the_plan_says_so(store: SQLiteStore) -> None:
    world = MemoryWorld()
    analysis = PLAN.analysis.model_copy(update={"on_silence": "rollback"})
    running = begun(store, world, PLAN.model_copy(update={"analysis": analysis}))
    running.look()
    world.answers = False
    assert running.run().phase == "rolled_back"


def test_a_candidate_that_is_not_ready_gets_nothing_until_it_is(store: SQLiteStore) -> None:
    world = MemoryWorld()
    running = begun(store, world)
    while world.weights["glasses"] == 0:
        running.look()
        world.sleep(1)
    world.ready = False
    running.look()
    assert set(world.weights.values()) == {0}
    world.ready = True
    running.look()
    running.look()
    assert world.weights["web"] == 100
    assert running.run().phase == "promoted"


def test_a_broken_signature_rolls_back(store: SQLiteStore) -> None:
    world = MemoryWorld()
    running = begun(store, world)
    running.look()
    world.verified = False
    assert running.run().phase == "rolled_back"
    assert set(world.weights.values()) == {0}


def test_a_foreign_change_is_noticed_and_undone(store: SQLiteStore) -> None:
    world = MemoryWorld()
    running = begun(store, world)
    running.look()
    running.look()
    world.weights["glasses"] = 70
    running.look()
    assert world.weights["glasses"] == 0
    assert "foreign change" in [each.decision for each in running.state.history]


def test_pause_approve_and_resume(store: SQLiteStore) -> None:
    waves = (PLAN.waves[0], PLAN.waves[1].model_copy(update={"gate": "approval"}))
    world = MemoryWorld()
    running = begun(store, world, PLAN.model_copy(update={"waves": waves}))
    store.order("r", "pause", "ann", "lunch", world.now())
    for _ in range(60):
        running.look()
        world.sleep(1)
    assert set(world.weights.values()) == {0}
    store.order("r", "resume", "ann", "back", world.now())
    for _ in range(60):
        running.look()
        world.sleep(1)
    assert (running.state.phase, running.state.wave) == ("waiting", 1)
    assert world.weights == {"web": 100, "app": 100, "glasses": 0}
    store.order("r", "approve", "bob", "looks good", world.now())
    assert running.run().phase == "promoted"
    assert running.state.approvals == {"second": "bob"}
    actors = {each.decision: each.actor for each in store.decisions("r")}
    assert actors["pause"] == "ann"
    assert actors["approve second"] == "bob"


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_a_crash_at_any_point_repeats_the_same_intent(tmp_path: Path, share: float) -> None:
    """Killed before and after every store write, before and after every route write and the
    settlement: the routes that were written, and the outcome, are those of an undisturbed life."""
    undisturbed = MemoryWorld(candidate_share=share)
    whole = KillableStore(tmp_path / "undisturbed.sqlite")
    whole.world = undisturbed
    outcome = begun(whole, undisturbed).run().phase
    assert outcome == ("promoted" if share == 0 else "rolled_back")
    for kill_at in range(1, undisturbed.calls + 1):
        world = MemoryWorld(candidate_share=share, kill_at=kill_at)
        store = KillableStore(tmp_path / f"{kill_at}.sqlite")
        store.world = world
        with pytest.raises(Killed):
            begun(store, world).run()
        assert controller(store, world).run().phase == outcome
        assert [
            each for index, each in enumerate(world.writes) if each not in world.writes[:index]
        ] == [
            each
            for index, each in enumerate(undisturbed.writes)
            if each not in undisturbed.writes[:index]
        ]
        assert set(world.settlements) == {outcome}


def test_an_overtaken_controller_touches_no_route(store: SQLiteStore) -> None:
    world = MemoryWorld()
    stale = begun(store, world)
    fresh = controller(store, world)
    fresh.look()
    before = list(world.writes)
    world.sleep(1)
    with pytest.raises(StaleWriterError):
        stale.look()
    assert world.writes == before
