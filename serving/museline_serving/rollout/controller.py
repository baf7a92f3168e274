"""One look after the other: observe, decide, store, route, confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from museline_serving.rollout.engine import decide, settled
from museline_serving.rollout.ports import Clock, Router, Servers, Store, Stored, Telemetry
from museline_serving.rollout.words import Observation, Phase, Route, Settle, State


@dataclass
class Controller:
    """Carries one rollout out.

    The decision is stored before anything is done to the world, and the next look reads back what
    the world is like: after a crash at any point the next controller repeats the same intent.
    `settle` does what follows from the end; it may be called again after a crash.
    """

    stored: Stored
    store: Store
    router: Router
    telemetry: Telemetry
    servers: Servers
    clock: Clock
    settle: Callable[[Phase, State], None]
    on_look: Callable[[State], None] = field(default=lambda state: None)

    @property
    def state(self) -> State:
        return self.stored.state

    def look(self) -> State:
        """Look once. Raises StaleWriterError, before any route is touched, if overtaken."""
        observation = self._observe()
        state, intents = decide(self.stored.plan, self.state, observation, self.clock.now())
        if state != self.state:
            self.stored = self.store.save(self.stored, state)
        for intent in intents:
            match intent:
                case Route(weights, revision):
                    self.router.write(weights, revision)
                case Settle(outcome):
                    self.settle(outcome, self.state)
                    self.stored = self.store.save(self.stored, settled(self.state))
        self.on_look(self.state)
        return self.state

    def _observe(self) -> Observation:
        readiness = self.servers.readiness()
        # Orders before telemetry: a person's word is never judged on older numbers than the look's.
        orders = self.store.orders(self.stored.name, self.state.obeyed)
        routed = self.router.read()
        return Observation(
            candidate_ready=readiness.candidate,
            incumbent_ready=readiness.incumbent,
            candidate_verified=readiness.verified,
            samples=self.telemetry.read(self.clock.now()),
            routed=routed,
            orders=orders,
        )

    def run(self, seconds_between_looks: float = 1.0) -> State:
        """Look until the end is settled."""
        while not self.state.settled:
            begin = self.clock.now()
            self.look()
            if not self.state.settled:
                self.clock.sleep(max(0.0, begin + seconds_between_looks - self.clock.now()))
        return self.state
