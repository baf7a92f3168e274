from __future__ import annotations

import asyncio

import pytest

from museline.errors import ConfigurationError
from museline_serving.predictor.errors import ApiError
from museline_serving.predictor.faults import FaultPlan, Faults, parse_faults


def pattern(plan: FaultPlan, count: int = 2000) -> list[bool]:
    async def strikes() -> list[bool]:
        faults, found = Faults(plan), []
        for _ in range(count):
            try:
                await faults.strike()
                found.append(False)
            except ApiError as error:
                found.append(error.status == 500)
        return found

    return asyncio.run(strikes())


def test_the_share_of_errors_and_its_seed() -> None:
    found = pattern(FaultPlan(errors=0.1, seed=3))
    assert sum(found) / len(found) == pytest.approx(0.1, abs=0.02)
    assert pattern(FaultPlan(errors=0.1, seed=3)) == found
    assert pattern(FaultPlan(errors=0.1, seed=4)) != found


def test_without_a_plan_nothing_fails() -> None:
    assert not any(pattern(FaultPlan()))
    assert not FaultPlan(seed=4).active


def test_latency_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pattern(FaultPlan(latency=0.5), count=3)
    assert slept == [0.5] * 3


def test_the_command_line_form() -> None:
    assert parse_faults(["errors=0.1", "latency=0.5", "seed=7"]) == FaultPlan(
        errors=0.1, latency=0.5, seed=7
    )
    for wrong in ("errors=2", "eror=0.1", "errors", "latency=-1"):
        with pytest.raises(ConfigurationError, match="--fault"):
            parse_faults([wrong])
