"""Envoy itself, in front of two backends without a model."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from museline.errors import BusyError
from museline_serving.gateway import Gateway, start_gateway
from museline_serving.gateway.ports import HOST, free_ports, require_free
from museline_serving.rollout.adapters.envoy_router import EnvoyRouter
from museline_serving.rollout.adapters.envoy_telemetry import EnvoyTelemetry
from museline_serving.rollout.plan import Metric
from museline_serving.rollout.words import Sample

pytestmark = pytest.mark.integration

SURFACES = ("web", "phone")
METRICS = (
    Metric(name="errors", kind="errors", margin=0.05),
    Metric(name="slow", kind="slow", threshold_seconds=1.5, margin=0.1),
)


@pytest.fixture
def gateway(tmp_path: Path, start_backend: Callable[..., int]) -> Iterator[Gateway]:
    endpoints = {
        "incumbent": (HOST, start_backend("old")),
        "candidate": (HOST, start_backend("new", 1.0)),
    }
    running = start_gateway(tmp_path, endpoints, {"web": 0, "phone": 0}, 0, [1.5])
    yield running
    running.end()


def ask(client: httpx.Client, surface: str, count: int) -> Counter[str]:
    """How many answers came from each version."""
    answers = [client.post("/", json={}, headers={"x-surface": surface}) for _ in range(count)]
    return Counter(answer.headers["x-museline-version"] for answer in answers)


def await_routes(router: EnvoyRouter, weights: dict[str, int]) -> None:
    for _ in range(100):
        if router.read() == weights:
            return
        time.sleep(0.05)
    raise AssertionError(f"Envoy has {router.read()}, not {weights}")


def await_count(telemetry: EnvoyTelemetry, requests: int) -> dict[tuple[str, str, str], Sample]:
    """The samples once Envoy's histograms have caught up with `requests` of the incumbent."""
    for _ in range(100):
        samples = telemetry.read(1.0)
        assert samples is not None
        counted = {(each.surface, each.side, each.metric): each for each in samples}
        if counted["web", "incumbent", "slow"].total == requests:
            return counted
        time.sleep(0.05)
    raise AssertionError(f"the histogram never showed {requests} requests: {counted}")


def test_weights_are_exact_at_the_ends_and_close_between(gateway: Gateway) -> None:
    router = EnvoyRouter(gateway.folder, gateway.admin)
    telemetry = EnvoyTelemetry(gateway.admin, SURFACES, METRICS)
    with httpx.Client(base_url=gateway.url) as client:
        await_routes(router, {"web": 0, "phone": 0})
        assert ask(client, "web", 100) == {"old": 100}
        router.write({"web": 100, "phone": 0}, 1)
        await_routes(router, {"web": 100, "phone": 0})
        assert ask(client, "web", 100) == {"new": 100}
        assert ask(client, "phone", 20) == {"old": 20}
        assert ask(client, "unknown", 20) == {"old": 20}
        router.write({"web": 20, "phone": 0}, 2)
        await_routes(router, {"web": 20, "phone": 0})
        split = ask(client, "web", 300)
        assert abs(split["new"] - 60) <= 4 * math.sqrt(300 * 0.2 * 0.8)
    counted = await_count(telemetry, 100 + split["old"])
    errors = counted["web", "candidate", "errors"]
    assert errors.total == errors.bad == 100 + split["new"]
    assert counted["web", "incumbent", "errors"].total == 100 + split["old"]
    assert counted["web", "incumbent", "errors"].bad == 0
    assert counted["phone", "candidate", "errors"].total == 0
    slow = counted["web", "incumbent", "slow"]
    assert (slow.total, slow.bad) == (100 + split["old"], 0)
    router.close()
    telemetry.close()


def test_an_older_revision_is_not_written(gateway: Gateway) -> None:
    router = EnvoyRouter(gateway.folder, gateway.admin)
    router.write({"web": 30, "phone": 0}, 5)
    router.write({"web": 90, "phone": 0}, 4)
    await_routes(router, {"web": 30, "phone": 0})
    router.write({"web": 10, "phone": 5}, 5)
    await_routes(router, {"web": 10, "phone": 5})
    router.close()


def test_no_request_fails_while_weights_change(
    tmp_path: Path, start_backend: Callable[..., int]
) -> None:
    endpoints = {side: (HOST, start_backend(side)) for side in ("incumbent", "candidate")}
    gateway = start_gateway(tmp_path, endpoints, {"web": 0}, 0)
    router = EnvoyRouter(tmp_path, gateway.admin)

    async def users() -> Counter[int]:
        statuses: Counter[int] = Counter()
        stop = time.monotonic() + 4
        async with httpx.AsyncClient(base_url=gateway.url) as client:

            async def user() -> None:
                while time.monotonic() < stop:
                    answer = await client.post("/", json={}, headers={"x-surface": "web"})
                    statuses[answer.status_code] += 1
                    await asyncio.sleep(0.02)

            async def shifts() -> None:
                revision = 0
                while time.monotonic() < stop:
                    revision += 1
                    weights = {"web": (revision * 30) % 101}
                    await asyncio.to_thread(router.write, weights, revision)
                    await asyncio.sleep(0.2)

            await asyncio.gather(shifts(), *(user() for _ in range(4)))
        return statuses

    try:
        statuses = asyncio.run(users())
    finally:
        router.close()
        gateway.end()
    assert set(statuses) == {200}
    assert statuses[200] > 100


def test_a_dead_server_is_logged_as_the_platforms_failure(
    tmp_path: Path, start_backend: Callable[..., int]
) -> None:
    endpoints = {"incumbent": (HOST, start_backend("old")), "candidate": (HOST, free_ports(1)[0])}
    gateway = start_gateway(tmp_path, endpoints, {"web": 100}, 0)
    try:
        answer = httpx.post(gateway.url, headers={"x-surface": "web"})
    finally:
        gateway.end()
    assert answer.status_code == 503
    assert "x-museline-version" not in answer.headers
    logged = json.loads((tmp_path / "logs" / "failures.jsonl").read_text())
    assert logged["cluster"] == "candidate_web"
    assert "UF" in logged["flags"]


def test_a_port_in_use_is_named(gateway: Gateway) -> None:
    port = int(gateway.url.rsplit(":", 1)[1])
    with pytest.raises(BusyError, match="in use") as error:
        require_free(port, "the gateway")
    assert error.value.value == port


def test_nobody_answers_after_the_end(gateway: Gateway) -> None:
    router = EnvoyRouter(gateway.folder, gateway.admin)
    telemetry = EnvoyTelemetry(gateway.admin, SURFACES, METRICS)
    gateway.end()
    assert router.read() is None
    assert telemetry.read(1.0) is None
    router.close()
    telemetry.close()
