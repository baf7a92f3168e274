"""Counts from Envoy's Prometheus page: one cluster per surface and side."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import httpx

from museline_serving.gateway.config import SIDES, cluster_name
from museline_serving.rollout.plan import Metric
from museline_serving.rollout.words import Sample, Side

CLASSES = "envoy_cluster_upstream_rq_xx"
BUCKETS = "envoy_cluster_upstream_rq_time_bucket"
_SIDES: tuple[Side, ...] = ("incumbent", "candidate")


class EnvoyTelemetry:
    """Reads the admin page at `admin`; with retries off, one upstream request is one user's."""

    def __init__(
        self, admin: str, surfaces: Sequence[str], metrics: Sequence[Metric], source: str = "envoy"
    ) -> None:
        self._admin = httpx.Client(base_url=admin, timeout=5)
        self._surfaces, self._metrics, self._source = surfaces, metrics, source

    def read(self, now: float) -> tuple[Sample, ...] | None:
        try:
            answer = self._admin.get(
                "/stats/prometheus", params={"filter": r"^cluster\..*upstream_rq_(\dxx|time)$"}
            )
            answer.raise_for_status()
        except httpx.HTTPError:
            return None
        return parse(answer.text, self._surfaces, self._metrics, now, self._source)

    def close(self) -> None:
        self._admin.close()


def parse(
    page: str, surfaces: Sequence[str], metrics: Sequence[Metric], now: float, source: str = "envoy"
) -> tuple[Sample, ...] | None:
    """The samples on a page; a cluster without statistics has had no requests yet.

    None for a page that is not in Prometheus' text format.
    """
    from prometheus_client.parser import text_string_to_metric_families

    classes: dict[str, dict[str, float]] = defaultdict(dict)
    buckets: dict[str, dict[float, float]] = defaultdict(dict)
    try:
        for family in text_string_to_metric_families(page):
            for row in family.samples:
                name = row.labels.get("envoy_cluster_name", "")
                if row.name.removesuffix("_total") == CLASSES:  # the parser adds it
                    classes[name][row.labels["envoy_response_code_class"]] = row.value
                elif row.name == BUCKETS:
                    buckets[name][float(row.labels["le"])] = row.value
    except (ValueError, KeyError):
        return None
    samples = []
    for surface in surfaces:
        for side in _SIDES:
            name = cluster_name(surface, side)
            for metric in metrics:
                total, bad = (
                    count_errors(classes[name])
                    if metric.threshold_seconds is None
                    else count_slow(buckets[name].items(), metric.threshold_seconds * 1000)
                )
                samples.append(Sample(source, surface, side, metric.name, total, bad, now))
    return tuple(samples)


def count_errors(classes: dict[str, float]) -> tuple[float, float]:
    """All answers and those with 5xx. The total is the sum of the classes that were read, so that
    a request that ends between two lines of the page cannot make more bad ones than all."""
    return math.fsum(classes.values()), classes.get("5", 0.0)


def count_slow(buckets: Iterable[tuple[float, float]], threshold: float) -> tuple[float, float]:
    """All requests and those above the largest bucket bound that is at most `threshold`."""
    ordered = sorted(buckets)
    if not ordered:
        return 0.0, 0.0
    total = ordered[-1][1]
    within = [count for bound, count in ordered if bound <= threshold]
    return total, total - (within[-1] if within else 0.0)


assert SIDES == _SIDES
