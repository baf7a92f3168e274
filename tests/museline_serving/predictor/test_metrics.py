from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from museline_serving.predictor.metrics import SURFACES, Metrics, Usage, surface_of


@pytest.mark.parametrize("header", [None, "", "toaster", "WhatsApp", "x" * 1000])
def test_a_surface_that_is_not_known_adds_no_label_value(header: str | None) -> None:
    assert surface_of(header) == "unknown"


def test_the_seven_surfaces() -> None:
    assert [surface_of(each) for each in SURFACES] == list(SURFACES)
    assert len(SURFACES) == 7


def test_the_series_of_the_contract() -> None:
    registry = CollectorRegistry()
    metrics = Metrics("assistant", "llama-4-v1", registry)
    metrics.request("whatsapp", 200, 0.04)
    metrics.usage("whatsapp", Usage(11, 3, 0.02))
    metrics.watch("slots_in_use", lambda: 5)
    page = generate_latest(registry).decode()
    names = 'model="assistant",surface="whatsapp",version="llama-4-v1"'
    for line in (
        f'museline_requests_total{{code="200",{names}}} 1.0',
        f"museline_request_seconds_count{{{names}}} 1.0",
        f'museline_request_seconds_bucket{{le="0.03",{names}}} 0.0',
        f'museline_request_seconds_bucket{{le="0.05",{names}}} 1.0',
        f"museline_time_to_first_token_seconds_count{{{names}}} 1.0",
        f'museline_tokens_total{{kind="prompt",{names}}} 11.0',
        f'museline_tokens_total{{kind="completion",{names}}} 3.0',
        'museline_slots_in_use{model="assistant",version="llama-4-v1"} 5.0',
    ):
        assert line in page
