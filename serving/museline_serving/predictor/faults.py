"""Faults on purpose, for game days: a share of the generations fails, or all become slow."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterable

from pydantic import Field

from museline.config import Config, apply_overrides
from museline.errors import ConfigurationError
from museline_serving.predictor.errors import ApiError


class FaultPlan(Config):
    """What goes wrong. With the same seed the same requests, by their order, fail."""

    errors: float = Field(default=0.0, ge=0, le=1)
    """The share of generations that fail with status 500."""
    latency: float = Field(default=0.0, ge=0, le=60)
    """Seconds that each generation waits first."""
    seed: int = 0

    @property
    def active(self) -> bool:
        return self.errors > 0 or self.latency > 0


def parse_faults(texts: Iterable[str]) -> FaultPlan:
    """The plan of `errors=0.1`, `latency=0.5`, `seed=7`. Raises ConfigurationError."""
    try:
        return apply_overrides(FaultPlan(), texts)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"--fault: {error.what}",
            value=error.value,
            allowed=error.allowed,
            mend="for example --fault errors=0.1 --fault latency=0.5",
        ) from error


class Faults:
    """Carries out a plan."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)
        self._lock = threading.Lock()

    async def strike(self) -> None:
        """Wait, or raise the ApiError, that the plan has for the next generation."""
        if not self.plan.active:
            return
        with self._lock:
            fails = self._random.random() < self.plan.errors
        if self.plan.latency:
            await asyncio.sleep(self.plan.latency)
        if fails:
            raise ApiError(500, "the model failed (a fault on purpose)", code="injected_fault")
