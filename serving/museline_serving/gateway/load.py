"""Plays users on all surfaces: an open loop, so that a slow server does not slow the users down
(up to WAITING_USERS of them)."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from museline.errors import StageError
from museline.surfaces import SURFACES
from museline.tasks import check_answer
from museline_serving.gateway.cases import Case
from museline_serving.gateway.config import SURFACE_HEADER
from museline_serving.gateway.tally import AWAY, PLATFORM, Cell, Tally

COMPLETIONS = "/openai/v1/chat/completions"
VERSION_HEADER = "x-museline-version"
DEFAULT_RATE = 36.0
"""Requests per second over all surfaces."""
SHARES = dict(zip(SURFACES, (6.0, 6.0, 5.0, 4.0, 4.0, 3.0, 8.0), strict=True))
TIMEOUT_SECONDS = 60.0
WAITING_USERS = 48
"""So many requests may be open at once: on a machine that cannot keep up, further users stay away
(and are counted as such) rather than wait for minutes."""


def surface_rates(surfaces: Sequence[str], total: float = DEFAULT_RATE) -> dict[str, float]:
    """Requests per second of each surface; one without a share of its own has the mean share."""
    mean = sum(SHARES.values()) / len(SHARES)
    shares = {surface: SHARES.get(surface, mean) for surface in surfaces}
    whole = sum(shares.values())
    return {surface: total * share / whole for surface, share in shares.items()}


@dataclass
class Users:
    """Users of `rates` requests per second and surface, at the gateway's `url`.

    Each arrival is a Poisson process of its own; equal seeds give equal arrivals and cases.
    """

    url: str
    cases: Sequence[Case]
    rates: Mapping[str, float]
    tally: Tally
    seed: int = 0
    _open: int = 0

    async def play(self, stop: threading.Event) -> None:
        """Until `stop` is set; then wait for the answers that are still due."""
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=100, keepalive_expiry=2
        )
        async with httpx.AsyncClient(
            base_url=self.url, timeout=TIMEOUT_SECONDS, limits=limits
        ) as client:
            surfaces = [self._surface(client, each, stop) for each in self.rates]
            await asyncio.gather(self._clock(stop), *surfaces)
        self.tally.close_second(time.time())

    async def _clock(self, stop: threading.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(1)
            self.tally.close_second(time.time())

    async def _surface(
        self, client: httpx.AsyncClient, surface: str, stop: threading.Event
    ) -> None:
        chance = random.Random(f"{self.seed}/{surface}")
        due = time.monotonic()
        async with asyncio.TaskGroup() as open_requests:
            while True:
                due += chance.expovariate(self.rates[surface])
                case = chance.choice(self.cases)
                while (wait := due - time.monotonic()) > 0 and not stop.is_set():
                    await asyncio.sleep(min(wait, 0.2))
                if stop.is_set():
                    return
                if self._open >= WAITING_USERS:
                    self.tally.count(surface, AWAY, Cell(away=1))
                else:
                    self._open += 1
                    open_requests.create_task(self._wait(client, surface, case))

    async def _wait(self, client: httpx.AsyncClient, surface: str, case: Case) -> None:
        try:
            await self._ask(client, surface, case)
        finally:
            self._open -= 1

    async def _ask(self, client: httpx.AsyncClient, surface: str, case: Case) -> None:
        begin = time.perf_counter()
        headers = {SURFACE_HEADER: surface, "content-type": "application/json"}
        try:
            answer = await client.post(COMPLETIONS, content=case.body, headers=headers)
        except httpx.HTTPError:
            self.tally.count(surface, PLATFORM, Cell(requests=1, failed=1))
            return
        seconds = time.perf_counter() - begin
        version = answer.headers.get(VERSION_HEADER)
        if version is None:
            self.tally.count(surface, PLATFORM, Cell(requests=1, failed=1, seconds=seconds))
        else:
            self.tally.count(surface, version, judge(case, answer, seconds))


def judge(case: Case, answer: httpx.Response, seconds: float) -> Cell:
    """One answer of a model version: an error, a refusal, right or wrong."""
    one = Cell(requests=1, seconds=seconds)
    if answer.status_code >= 500:
        one.errors = 1
    elif answer.status_code >= 400:
        one.refused = 1
    elif check_answer(case.example, _text(answer)):
        one.right = 1
    else:
        one.wrong = 1
    return one


def _text(answer: httpx.Response) -> str:
    """What the assistant said; nothing where the answer is not a chat completion."""
    try:
        return str(answer.json()["choices"][0]["message"]["content"])
    except (ValueError, LookupError, TypeError):
        return ""


class UsersThread:
    """Users in a thread of their own, beside the controller's loop."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="users", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            asyncio.run(self.users.play(self._stop))
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that waits
            self._failure = error

    def check(self) -> None:
        """Raise StageError if the users have stopped by an error of their own."""
        if self._failure is not None:
            raise StageError(f"the played users stopped: {self._failure}") from self._failure

    def end(self) -> None:
        """Stop, and wait for the last answers."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
