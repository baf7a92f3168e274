"""What Prometheus sees of the predictor, on KServe's page `/metrics`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

UNKNOWN = "unknown"
SURFACE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
MOST_SURFACES = 32
"""Each surface is a series of its own; more than so many are counted together."""
BUCKETS = (
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5,
    10, 15, 20, 30,
)  # fmt: skip
LABELS = ("model", "version", "surface")


_surfaces: set[str] = set()


def surface_of(header: str | None) -> str:
    """The label for a request header `x-surface`: itself for the first MOST_SURFACES names that
    callers use, else "unknown", so that nobody can make series without end."""
    if header is None or not SURFACE_NAME.fullmatch(header):
        return UNKNOWN
    if header not in _surfaces and len(_surfaces) == MOST_SURFACES:
        return UNKNOWN
    _surfaces.add(header)
    return header


@dataclass(frozen=True)
class Usage:
    """Tokens and time of one finished generation; `first_token_seconds` since it was asked for."""

    prompt_tokens: int
    completion_tokens: int
    first_token_seconds: float


class Metrics:
    """The series of one model at one version."""

    def __init__(self, model: str, version: str, registry: CollectorRegistry | None = None) -> None:
        registry = REGISTRY if registry is None else registry
        self._names = {"model": model, "version": version}
        self._requests = Counter(
            "museline_requests", "Requests by status code", (*LABELS, "code"), registry=registry
        )
        self._seconds = Histogram(
            "museline_request_seconds",
            "Time from a request to the end of its answer",
            LABELS,
            buckets=BUCKETS,
            registry=registry,
        )
        self._first_token = Histogram(
            "museline_time_to_first_token_seconds",
            "Time from a request to the first token of its answer",
            LABELS,
            buckets=BUCKETS,
            registry=registry,
        )
        self._tokens = Counter(
            "museline_tokens",
            "Tokens by kind (prompt, completion)",
            (*LABELS, "kind"),
            registry=registry,
        )
        self._gauges = {
            name: Gauge(f"museline_{name}", text, ("model", "version"), registry=registry)
            for name, text in (
                ("slots", "Generations that can run together"),
                ("slots_in_use", "Generations that run"),
                ("queue_length", "Generations that wait for a slot"),
            )
        }

    def watch(self, gauge: str, value: Callable[[], float]) -> None:
        """Let `value` be asked at each scrape of `museline_<gauge>`."""
        self._gauges[gauge].labels(**self._names).set_function(value)

    def request(self, surface: str, code: int, seconds: float) -> None:
        """Count a request that has its whole answer."""
        self._requests.labels(**self._names, surface=surface, code=str(code)).inc()
        self._seconds.labels(**self._names, surface=surface).observe(seconds)

    def usage(self, surface: str, usage: Usage) -> None:
        """Count the tokens of a finished generation."""
        names = {**self._names, "surface": surface}
        self._first_token.labels(**names).observe(usage.first_token_seconds)
        self._tokens.labels(**names, kind="prompt").inc(usage.prompt_tokens)
        self._tokens.labels(**names, kind="completion").inc(usage.completion_tokens)
