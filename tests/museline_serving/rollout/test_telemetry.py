"""Envoy's page as it is read."""

from __future__ import annotations

from museline_serving.rollout.adapters.envoy_telemetry import count_errors, count_slow, parse
from museline_serving.rollout.plan import Metric

METRICS = (
    Metric(name="errors", kind="errors", margin=0.05),
    Metric(name="slow", kind="slow", threshold_seconds=1.0, margin=0.1),
)
PAGE = """
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="candidate_web"} 90
envoy_cluster_upstream_rq_xx{envoy_response_code_class="4",envoy_cluster_name="candidate_web"} 3
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="candidate_web"} 7
# TYPE envoy_cluster_external_upstream_rq_xx counter
envoy_cluster_external_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="x"} 7
# TYPE envoy_cluster_upstream_rq_time histogram
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="candidate_web",le="500"} 60
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="candidate_web",le="1000"} 80
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="candidate_web",le="2500"} 95
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="candidate_web",le="+Inf"} 100
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="candidate_web"} 50000
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="candidate_web"} 100
"""


def test_errors_and_slow_requests_are_counted() -> None:
    samples = parse(PAGE, ("web",), METRICS, 5.0)
    assert samples is not None
    found = {(each.side, each.metric): (each.total, each.bad) for each in samples}
    assert found == {
        ("candidate", "errors"): (100, 7),
        ("candidate", "slow"): (100, 20),
        ("incumbent", "errors"): (0, 0),
        ("incumbent", "slow"): (0, 0),
    }
    assert {each.at for each in samples} == {5.0}


def test_a_page_that_is_none_is_silence() -> None:
    assert parse("<html>not found</html>", ("web",), METRICS, 5.0) is None


def test_a_threshold_between_buckets_takes_the_one_below() -> None:
    buckets = [(100.0, 5.0), (1000.0, 8.0), (float("inf"), 10.0)]
    assert count_slow(buckets, 500.0) == (10.0, 5.0)
    assert count_slow(buckets, 50.0) == (10.0, 10.0)
    assert count_slow([], 500.0) == (0.0, 0.0)


def test_only_5xx_is_an_error() -> None:
    assert count_errors({"2": 5.0, "3": 1.0, "4": 2.0}) == (8.0, 0.0)
