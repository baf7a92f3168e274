"""A whole embedded release: servers, gateway, users, controller, record."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from museline.cards import RolloutRecord
from museline.errors import ConfigurationError, MuselineError, near
from museline.storage import Home, home_lock, write_text
from museline_serving.gateway.cases import read_cases
from museline_serving.gateway.envoy import Gateway, start_gateway
from museline_serving.gateway.load import DEFAULT_RATE, Users, UsersThread, surface_rates
from museline_serving.gateway.ports import free_ports, require_free
from museline_serving.gateway.tally import Tally
from museline_serving.release.models import Models, RegistryModels, Served
from museline_serving.release.names import (
    CONTROLLER_FILE,
    Settings,
    new_name,
    open_store,
    release_folder,
)
from museline_serving.release.record import STREAM_FILE, write_record
from museline_serving.release.servers import (
    Command,
    ModelServer,
    ModelServers,
    predictor_command,
)
from museline_serving.rollout.adapters.clock import SystemClock
from museline_serving.rollout.adapters.envoy_router import EnvoyRouter
from museline_serving.rollout.adapters.envoy_telemetry import EnvoyTelemetry
from museline_serving.rollout.controller import Controller
from museline_serving.rollout.engine import begin
from museline_serving.rollout.plan import RolloutPlan
from museline_serving.rollout.ports import Store, Stored
from museline_serving.rollout.words import Phase, State

SABOTAGES = {"errors": "errors=0.1"}
"""What can be wrong with the candidate on purpose, as the predictor's fault."""
LOOK_SECONDS = 1.0


class OnEvent(Protocol):
    """Called with what happens, as `museline.progress.emit` is."""

    def __call__(self, event: str, **fields: object) -> None: ...


class ReleaseStoppedError(MuselineError):
    """A person stopped the process; the release goes on where it was when it is resumed."""

    exit_code = 130


def run_release(
    home: Home,
    plan: RolloutPlan,
    load_examples: Path,
    sabotage: str | None,
    on_event: OnEvent,
    *,
    rate: float = DEFAULT_RATE,
    port: int = 0,
    models: Models | None = None,
    command: Command = predictor_command,
) -> RolloutRecord:
    """Replace the plan's incumbent by its candidate under the traffic of played users.

    `load_examples` is a file or folder of examples whose split `evaluation` the users ask; `rate`
    is in requests per second over all surfaces; `port` is the gateway's, 0 for a free one.
    `on_event` is called with `started`, `progress` at every look, `note` for every decision, and
    `finished`. Raises IntegrityError before anything starts if a signature does not hold,
    BusyError for a port or a home in use, StageError for a server that dies at its start, and
    ReleaseStoppedError after Ctrl-C.
    """
    if sabotage is not None and sabotage not in SABOTAGES:
        raise ConfigurationError(
            "there is no such sabotage", value=sabotage, allowed=near(sabotage, SABOTAGES)
        )
    require_free(port, "the gateway")
    models = models or RegistryModels(home)
    incumbent, candidate = models.resolve(plan)
    read_cases(load_examples)
    fault = SABOTAGES[sabotage] if sabotage else None
    pinned = plan.model_copy(update={"incumbent": incumbent.label, "candidate": candidate.label})
    with home_lock(home, "release"):
        name = new_name(home, candidate.label)
        settings = Settings(str(load_examples.absolute()), rate, port, fault)
        settings.write(release_folder(home, name))
        open_store(home).create(name, pinned, begin(pinned, time.time()))
        return _Release(home, name, settings, on_event, models, command).run()


def resume_release(
    home: Home,
    name: str,
    on_event: OnEvent,
    *,
    models: Models | None = None,
    command: Command = predictor_command,
) -> RolloutRecord:
    """Go on with a release whose process ended, wherever that was."""
    with home_lock(home, "release"):
        folder = release_folder(home, name)
        store = open_store(home)
        stored = store.load(name)
        if stored.state.settled:
            return write_record(store, name, folder)
        if _was_suspended(store, name):
            store.order(name, "resume", "muse", "the release goes on", time.time())
        settings = Settings.read(folder)
        found = models or RegistryModels(home)
        return _Release(home, name, settings, on_event, found, command).run()


def _was_suspended(store: Store, name: str) -> bool:
    """Whether what pauses it, if anything, is only that its process was stopped."""
    verbs = [each.verb for each in store.orders(name)]
    stops = [verb for verb in verbs if verb in ("pause", "suspend", "resume")]
    return bool(stops) and stops[-1] == "suspend" and "pause" not in _since_resume(stops)


def _since_resume(stops: Sequence[str]) -> Sequence[str]:
    last = max((index for index, verb in enumerate(stops) if verb == "resume"), default=-1)
    return stops[last + 1 :]


@dataclass
class _Release:
    """One process's part in a release."""

    home: Home
    name: str
    settings: Settings
    on_event: OnEvent
    models: Models
    command: Command

    def run(self) -> RolloutRecord:
        folder = release_folder(self.home, self.name)
        write_text(folder / CONTROLLER_FILE, f"{os.getpid()}\n")
        store = open_store(self.home)
        stored = store.load(self.name)
        incumbent, candidate = self.models.resolve(stored.plan)
        self.on_event(
            "started",
            stage="release",
            name=self.name,
            incumbent=incumbent.label,
            candidate=candidate.label,
            folder=str(folder),
        )
        try:
            with ExitStack() as stack:
                servers = stack.enter_context(self._servers(folder, incumbent, candidate))
                gateway = stack.enter_context(self._gateway(folder, servers, stored.plan))
                users = stack.enter_context(self._users(folder, gateway, stored.plan))
                state = self._control(stack, folder, store, stored, gateway, servers, users)
        except KeyboardInterrupt:
            raise ReleaseStoppedError(
                f"the release {self.name} was stopped: what is proven keeps its traffic, the wave "
                "that is not is back at the incumbent",
                mend=f"muse release start --resume {self.name}",
            ) from None
        record = write_record(store, self.name, folder)
        self.on_event(
            "finished", stage="release", name=self.name, outcome=state.phase, **record.measures
        )
        return record

    @contextmanager
    def _servers(
        self, folder: Path, incumbent: Served, candidate: Served
    ) -> Iterator[ModelServers]:
        ports = free_ports(2)
        old = self.command(incumbent, ports[0], None)
        new = self.command(candidate, ports[1], self.settings.fault)
        first = ModelServer("incumbent", old, ports[0], folder)
        second = ModelServer("candidate", new, ports[1], folder)
        servers = ModelServers(first, second, self.models.verified(candidate))
        try:
            self.on_event("note", stage="release", text="both models are being loaded")
            servers.await_ready()
            yield servers
        finally:
            servers.end()

    @contextmanager
    def _gateway(self, folder: Path, servers: ModelServers, plan: RolloutPlan) -> Iterator[Gateway]:
        host = "127.0.0.1"
        gateway = start_gateway(
            folder,
            {
                "incumbent": (host, servers.incumbent.port),
                "candidate": (host, servers.candidate.port),
            },
            dict.fromkeys(plan.surfaces, 0),
            self.settings.port,
            [each.threshold_seconds for each in plan.analysis.metrics if each.threshold_seconds],
        )
        try:
            self.on_event("note", stage="release", text=f"the gateway listens at {gateway.url}")
            yield gateway
        finally:
            gateway.end()

    @contextmanager
    def _users(self, folder: Path, gateway: Gateway, plan: RolloutPlan) -> Iterator[UsersThread]:
        cases = read_cases(Path(self.settings.examples))
        rates = surface_rates(plan.surfaces, self.settings.rate)
        tally = Tally(folder / STREAM_FILE)
        users = UsersThread(Users(gateway.url, cases, rates, tally))
        try:
            yield users
        finally:
            users.end()

    def _control(
        self,
        stack: ExitStack,
        folder: Path,
        store: Store,
        stored: Stored,
        gateway: Gateway,
        servers: ModelServers,
        users: UsersThread,
    ) -> State:
        router = EnvoyRouter(folder, gateway.admin)
        source = f"envoy-{gateway.child.process.pid}"
        metrics = stored.plan.analysis.metrics
        telemetry = EnvoyTelemetry(gateway.admin, stored.plan.surfaces, metrics, source)
        stack.callback(router.close)
        stack.callback(telemetry.close)
        reporter = _Reporter(self.on_event, users, gateway, stored.state.decided)
        controller = Controller(
            stored,
            store,
            router,
            telemetry,
            servers,
            SystemClock(),
            settle=self._settle,
            on_look=reporter,
        )
        try:
            controller.look()  # where counting begins: before the first user
            users.start()
            return controller.run(LOOK_SECONDS)
        except KeyboardInterrupt:
            store.order(self.name, "suspend", "muse", "stopped by Ctrl-C", time.time())
            controller.look()
            raise

    def _settle(self, outcome: Phase, state: State) -> None:
        if outcome == "promoted":
            self.models.promote(open_store(self.home).load(self.name).plan.candidate)


@dataclass
class _Reporter:
    """Tells the person of each look, and of each decision once; stops when Envoy or the users did.

    What stopped so goes on with `muse release start --resume`: the engine never saw it.
    """

    on_event: OnEvent
    users: UsersThread
    gateway: Gateway
    told: int

    def __call__(self, state: State) -> None:
        self.users.check()
        if not self.gateway.child.alive:
            raise self.gateway.child.died()
        new = state.history[len(state.history) - (state.decided - self.told) :]
        for decision in new if state.decided > self.told else ():
            self.on_event(
                "note",
                stage="release",
                text=f"{decision.decision}: {decision.reason}",
                decision=decision.decision,
                reason=decision.reason,
                actor=decision.actor,
                weights=decision.weights,
                evidence=decision.evidence,
            )
        self.told = state.decided
        self.on_event("progress", stage="release", **self._numbers(state))

    def _numbers(self, state: State) -> Mapping[str, object]:
        tally = self.users.users.tally
        return {
            "phase": state.phase,
            "weights": dict(state.weights),
            "requests": int(tally.sum("requests")),
            "errors": int(tally.sum("errors")),
            "platform_failed_requests": int(tally.sum("failed")),
        }
