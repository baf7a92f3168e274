"""The HTTP interface over a fake engine, without a process or a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from museline.errors import DataError
from museline_serving.predictor.batcher import Batcher
from museline_serving.predictor.faults import FaultPlan, Faults
from museline_serving.predictor.metrics import Metrics
from museline_serving.predictor.routes import add_routes
from museline_serving.predictor.service import Service

URL = "/openai/v1/chat/completions"


class Features:
    def render(self, entity: str, template: str, view: str | None = None) -> str:
        if entity != "patient-1":
            raise DataError("there is no such entity", value=entity)
        return template.replace("{letter}", "F")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def service(engine: Any, registry: CollectorRegistry) -> Iterator[Service]:
    batcher = Batcher(engine, slots=2, queue=2)
    batcher.start()
    metrics = Metrics("assistant", "fake-v1", registry)
    yield Service("assistant", "fake-v1", batcher, metrics, Faults(FaultPlan()))
    batcher.close()


def ask(service: Service, method: str = "POST", url: str = URL, **request: Any) -> httpx.Response:
    app = FastAPI()
    add_routes(app, service)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, url, **request)

    return asyncio.run(send())


def chat(text: str, **fields: Any) -> dict[str, Any]:
    return {"model": "assistant", "messages": [{"role": "user", "content": text}], **fields}


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert "Traceback" not in response.text
    return dict(error)


def test_an_answer(service: Service) -> None:
    response = ask(service, json=chat("p=ABC"))
    assert response.headers["x-museline-version"] == "fake-v1"
    answer = response.json()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == "ABC"
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"] == {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}


def test_a_stream_says_the_same_and_ends_with_its_usage(service: Service) -> None:
    request = chat("p=ABC", stream=True, stream_options={"include_usage": True})
    lines = ask(service, json=request).text.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]
    deltas = [each["choices"][0]["delta"] for each in chunks[:-1]]
    assert "".join(each.get("content", "") for each in deltas) == "ABC"
    assert deltas[0]["role"] == "assistant"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 8


def test_an_unknown_model(service: Service) -> None:
    error = error_of(ask(service, json=chat("p=A") | {"model": "gpt"}), 404)
    assert error["code"] == "model_not_found"
    assert "assistant" in error["message"]
    error_of(ask(service, "GET", "/v1/models/gpt"), 404)


def test_the_list_of_models_serves_both_protocols(service: Service) -> None:
    for prefix in ("/v1", "/openai/v1"):
        found = ask(service, "GET", f"{prefix}/models").json()
        assert found["models"] == ["assistant"]
        assert [each["id"] for each in found["data"]] == ["assistant"]
    one = ask(service, "GET", "/v1/models/assistant").json()
    assert (one["id"], one["name"], one["ready"]) == ("assistant", "assistant", True)


def test_a_prompt_that_fills_the_context(service: Service) -> None:
    assert error_of(ask(service, json=chat("x" * 40)), 400)["code"] == "context_length_exceeded"
    assert error_of(ask(service, json=chat("x" * 50)), 400)["code"] == "context_length_exceeded"


def test_an_answer_is_cut_where_the_context_ends(service: Service) -> None:
    answer = ask(service, json=chat("x" * 15 + "=" + "A" * 20, max_tokens=1000)).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["total_tokens"] == 40


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"5", b'{"model": "assistant"}'])
def test_a_body_that_is_no_request(service: Service, body: bytes) -> None:
    error_of(ask(service, content=body), 400)


def test_a_body_that_is_too_large(service: Service) -> None:
    error_of(ask(service, content=b"x" * 9_000_000), 413)


def test_an_error_that_nobody_foresaw_has_a_number_and_no_detail(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for stream in (False, True):
        response = ask(service, json=chat("poison=A", stream=stream))
        error = error_of(response, 500)
        assert error["type"] == "server_error"
        assert "secret" not in response.text
        assert error["message"].split()[-1] in caplog.text
        assert "secret" in caplog.text


def test_an_error_in_the_middle_of_a_stream_is_told_and_counted(
    service: Service, engine: Any, registry: CollectorRegistry
) -> None:
    engine.breaks_on_step = True
    response = ask(service, json=chat("p=ABC", stream=True))
    last = json.loads(response.text.split("\n\n")[-2].removeprefix("data: "))
    assert last["error"]["code"] == "internal_error"
    assert "secret" not in response.text
    assert count(registry, "unknown", 500) == 1


def count(registry: CollectorRegistry, surface: str, code: int) -> float:
    labels = {"model": "assistant", "version": "fake-v1", "surface": surface, "code": str(code)}
    return registry.get_sample_value("museline_requests_total", labels) or 0.0


def test_requests_are_counted_by_surface_and_code(
    service: Service, registry: CollectorRegistry
) -> None:
    ask(service, json=chat("p=A"), headers={"x-surface": "glasses"})
    ask(service, json=chat("p=A", n=2), headers={"x-surface": "glasses"})
    ask(service, json=chat("p=A"), headers={"x-surface": "The Fridge"})
    ask(service, "GET", "/v1/models")
    found = [
        count(registry, *each) for each in (("glasses", 200), ("glasses", 400), ("unknown", 200))
    ]
    assert found == [1, 1, 1]


def test_a_full_queue_is_429_with_the_time_to_come_back(service: Service) -> None:
    service.batcher.queue = -service.batcher.slots  # no room at all
    response = ask(service, json=chat("p=A"))
    assert error_of(response, 429)["type"] == "rate_limit_error"
    assert int(response.headers["retry-after"]) >= 1


def test_a_server_that_stops_says_so(service: Service) -> None:
    service.batcher.close()
    assert error_of(ask(service, json=chat("p=A")), 503)["code"] == "stopping"


def test_a_fault_on_purpose(service: Service) -> None:
    service.faults = Faults(FaultPlan(errors=1))
    for stream in (False, True):
        response = ask(service, json=chat("p=A", stream=stream))
        assert error_of(response, 500)["code"] == "injected_fault"


def test_features_fill_the_prompt(service: Service) -> None:
    request = chat("p={letter}", features={"entity": "patient-1"})
    error_of(ask(service, json=request), 400)
    service.features = Features()
    assert ask(service, json=request).json()["choices"][0]["message"]["content"] == "F"
    wrong = chat("p={letter}", features={"entity": "patient-2"})
    assert error_of(ask(service, json=wrong), 400)["param"] == "features"


def test_an_image_that_is_none(service: Service) -> None:
    url = "data:image/png;base64,YnJva2Vu"  # "broken"
    content = [{"type": "image_url", "image_url": {"url": url}}]
    request = chat("") | {"messages": [{"role": "user", "content": content}]}
    assert error_of(ask(service, json=request), 400)["code"] == "invalid_image"
