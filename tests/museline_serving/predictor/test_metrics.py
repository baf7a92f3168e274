from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from museline.surfaces import SURFACES
from museline_serving.predictor import metrics as page
from museline_serving.predictor.metrics import MOST_SURFACES, Metrics, Usage, surface_of


@pytest.fixture(autouse=True)
def _no_surface_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_surfaces", set())


@pytest.mark.parametrize("header", [None, "", "WhatsApp", "-web", "a b", "x" * 1000])
def test_what_is_no_name_of_a_surface_adds_no_label_value(header: str | None) -> None:
    assert surface_of(header) == "unknown"


def test_the_seven_surfaces_and_one_that_a_plan_adds() -> None:
    assert [surface_of(each) for each in (*SURFACES, "car")] == [*SURFACES, "car"]


def test_callers_cannot_make_series_without_end() -> None:
    labels = {surface_of(f"surface-{number}") for number in range(1000)}
    assert len(labels) == MOST_SURFACES + 1
    assert surface_of("surface-0") == "surface-0"
    assert surface_of("surface-999") == "unknown"


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
