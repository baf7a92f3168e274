"""The plan of a rollout: who replaces whom, surface by surface, and what counts as proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from museline.config import Config

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]
Share = Annotated[float, Field(gt=0, lt=1)]
Percent = Annotated[int, Field(ge=1, le=100)]


class Metric(Config):
    """One thing that may get worse, counted as bad requests among all requests."""

    name: Name
    kind: Literal["errors", "slow"]
    """`errors`: answers with a 5xx status. `slow`: answers later than `threshold_seconds`."""
    threshold_seconds: float | None = Field(default=None, gt=0)
    """From which duration on a request counts as slow; `slow` only."""
    margin: Share
    """The candidate's share of bad requests must be shown to exceed the incumbent's by less."""
    objective: Share | None = None
    """A share below which the candidate is good enough whatever the incumbent does."""
    limit: Share | None = None
    """A share above which the candidate does harm whatever the incumbent does."""

    @model_validator(mode="after")
    def _threshold_where_needed(self) -> Metric:
        if (self.kind == "slow") != (self.threshold_seconds is not None):
            raise ValueError(f"metric {self.name!r}: threshold_seconds goes with kind slow")
        return self


class Wave(Config):
    """Surfaces that move together."""

    name: Name
    surfaces: tuple[Name, ...] = Field(min_length=1)
    weights: tuple[Percent, ...] = Field(default=(1, 5, 25, 50, 100), min_length=1)
    """The candidate's percentage at each step; ascends and ends with 100."""
    gate: Literal["none", "approval"] = "none"
    """`approval`: a person must approve before the wave begins."""

    @model_validator(mode="after")
    def _weights_ascend(self) -> Wave:
        if list(self.weights) != sorted(set(self.weights)) or self.weights[-1] != 100:
            raise ValueError(
                f"wave {self.name!r}: weights must ascend and end with 100, not {self.weights}"
            )
        return self


class Analysis(Config):
    """What is measured, and how sure one must be."""

    metrics: tuple[Metric, ...] = Field(min_length=1)
    alpha: Share = 0.01
    """The probability that a candidate that is no worse is rolled back, for the whole rollout."""
    beta: Share = 0.05
    """The probability that a candidate worse by the margin is promoted, for the whole rollout."""
    minimum_seconds: float = Field(default=300, ge=0)
    """The least time at each step."""
    minimum_requests: int = Field(default=100, ge=0)
    """The least number of the candidate's requests at each step, over the wave's surfaces."""
    silence_seconds: float = Field(default=60, gt=0)
    """After this time without telemetry, `on_silence` is done."""
    on_silence: Literal["hold", "rollback"] = "hold"
    """`hold`: no weight rises until telemetry is back."""

    @model_validator(mode="after")
    def _metrics_once(self) -> Analysis:
        for name in _twice(metric.name for metric in self.metrics):
            raise ValueError(f"the metric {name!r} is named twice")
        return self


class RolloutPlan(Config):
    """Everything that a person decides before a rollout begins."""

    incumbent: str = Field(default="champion", min_length=1)
    """A selector of the registry: an alias, a name or a version."""
    candidate: str = Field(default="candidate", min_length=1)
    waves: tuple[Wave, ...] = Field(min_length=1)
    analysis: Analysis
    on_harm: Literal["rollback", "freeze"] = "rollback"
    """`freeze`: keep the weights as they are and wait for a person."""
    bake_seconds: float = Field(default=600, ge=0)
    """How long the incumbent is kept warm at 0 % after the last wave; harm still rolls back."""

    @model_validator(mode="after")
    def _surfaces_once(self) -> RolloutPlan:
        for name in _twice(self.surfaces):
            raise ValueError(f"the surface {name!r} is named twice; it belongs in one wave")
        for name in _twice(wave.name for wave in self.waves):
            raise ValueError(f"the wave {name!r} is named twice")
        return self

    @property
    def surfaces(self) -> tuple[str, ...]:
        """All surfaces in the order of their waves."""
        return tuple(surface for wave in self.waves for surface in wave.surfaces)

    def metric(self, name: str) -> Metric:
        return next(metric for metric in self.analysis.metrics if metric.name == name)


def _twice(names: Iterator[str] | tuple[str, ...]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
