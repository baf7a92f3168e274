"""The real process: KServe's server, a signed checkpoint, the openai client."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from museline.models import ModelBundle, Prompt, generate, save
from museline.registry import public_key_path, sign_folder
from museline.storage import Home

pytestmark = pytest.mark.integration
READY_SECONDS = 240.0


@dataclass(frozen=True)
class Signed:
    folder: Path
    public_key: Path


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    log: Path
    url: str

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False)

    def post(self, path: str, **arguments: object) -> httpx.Response:
        return httpx.post(self.url + path, trust_env=False, timeout=60, **arguments)  # type: ignore[arg-type]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples of `name` that have these labels."""
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            found = re.fullmatch(rf"{name}{{(.*)}} (\S+)", line)
            if found and all(f'{key}="{value}"' in found[1] for key, value in labels.items()):
                total += float(found[2])
        return total


@pytest.fixture(scope="module")
def signed(bundles: dict[str, ModelBundle], tmp_path_factory: pytest.TempPathFactory) -> Signed:
    root = tmp_path_factory.mktemp("signed")
    save(bundles["muse_spark"], root / "model")
    home = Home(root / "home")
    sign_folder(root / "model", home)
    return Signed(root / "model", public_key_path(home))


def start(folder: Path, log: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "museline_serving.predictor", "--model-folder", str(folder)]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*command, "--port", "0", "--parent", str(os.getpid()), *options],
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def server(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("log") / "log"
    process = start(
        signed.folder, log, "--public-key", str(signed.public_key), "--version", "muse-spark-v2",
        "--slots", "4", "--queue", "2", "--lame-duck", "1.5",
    )  # fmt: skip
    address = wait_for(lambda: re.search(r"answers at (\S+)", log.read_text()), process, log)
    running = Running(process, log, address[1])
    wait_for(lambda: ready(running) or None, process, log)
    yield running
    if process.poll() is None:
        process.kill()
    process.wait()


def wait_for(look: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> Any:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def ready(server: Running) -> bool:
    try:
        return server.get("/v2/health/ready").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with httpx.Client(trust_env=False) as transport:
        yield openai.OpenAI(
            base_url=server.url + "/openai/v1",
            api_key="none",
            http_client=transport,
            max_retries=0,
            default_headers={"x-surface": "whatsapp"},
        )


def user(text: str, *images: bytes) -> list[dict[str, object]]:
    urls = ["data:image/png;base64," + base64.b64encode(each).decode() for each in images]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"role": "user", "content": [{"type": "text", "text": text}, *parts]}]


def test_the_openai_client_gets_the_models_answers(
    client: openai.OpenAI, bundles: dict[str, ModelBundle], png: bytes
) -> None:
    assert [each.id for each in client.models.list()] == ["assistant"]
    for images in ((), (png,)):
        expected = generate(bundles["muse_spark"], [Prompt("What is it?", *images)], 12)[0]
        raw = client.chat.completions.with_raw_response.create(
            model="assistant", messages=user("What is it?", *images), max_tokens=12
        )
        assert raw.headers["x-museline-version"] == "muse-spark-v2"
        answer = raw.parse()
        assert answer.choices[0].message.content == expected
        assert answer.usage.completion_tokens == 12
        stream = client.chat.completions.create(
            model="assistant",
            messages=user("What is it?", *images),
            max_tokens=12,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = list(stream)
        pieces = [each.choices[0].delta.content or "" for each in chunks if each.choices]
        assert "".join(pieces) == expected
        assert chunks[-1].usage.completion_tokens == 12


def test_requests_that_come_together_get_what_they_get_alone(
    client: openai.OpenAI, bundles: dict[str, ModelBundle]
) -> None:
    texts = [f"What is {each} plus {each}?" for each in range(4)]
    expected = generate(bundles["muse_spark"], [Prompt(each) for each in texts], 10)

    def ask(text: str) -> str:
        answer = client.chat.completions.create(
            model="assistant", messages=user(text), max_tokens=10
        )
        return str(answer.choices[0].message.content)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, texts)) == expected


def test_errors_are_the_clients_own(client: openai.OpenAI) -> None:
    for kind, fields in (
        (openai.NotFoundError, {"model": "gpt"}),
        (openai.BadRequestError, {"messages": user("x " * 900)}),
        (openai.BadRequestError, {"messages": user("x", b"no image")}),
        (openai.BadRequestError, {"max_tokens": "many"}),
    ):
        with pytest.raises(kind) as caught:
            client.chat.completions.create(
                **{"model": "assistant", "messages": user("x"), **fields}  # type: ignore[arg-type]
            )
        assert caught.value.code
        assert "Traceback" not in caught.value.response.text


def test_a_client_that_leaves_frees_its_slot(server: Running, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="assistant", messages=user("Tell me more."), max_tokens=490, stream=True
    )
    next(iter(stream))
    assert server.metric("museline_slots_in_use") == 1
    stream.close()
    wait_for(
        lambda: server.metric("museline_slots_in_use") == 0 or None, server.process, server.log
    )
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(
            model="assistant", messages=user("And more."), max_tokens=490, timeout=0.2
        )
    wait_for(
        lambda: server.metric("museline_slots_in_use") == 0 or None, server.process, server.log
    )
    assert server.metric("museline_requests_total", code="499", surface="whatsapp") == 2


def test_kserves_own_protocols(server: Running, bundles: dict[str, ModelBundle]) -> None:
    expected = generate(bundles["muse_spark"], [Prompt("What is 2 plus 3?")], 6)[0]
    v1 = server.post(
        "/v1/models/assistant:predict",
        json={"instances": [{"prompt": "What is 2 plus 3?", "max_tokens": 6}]},
        headers={"x-surface": "glasses"},
    )
    assert v1.json()["predictions"][0]["text"] == expected
    assert v1.headers["x-museline-version"] == "muse-spark-v2"
    tensor = {"name": "prompt", "datatype": "BYTES", "shape": [1], "data": ["What is 2 plus 3?"]}
    v2 = server.post(
        "/v2/models/assistant/infer", json={"inputs": [tensor], "parameters": {"max_tokens": 6}}
    )
    outputs = {each["name"]: each["data"] for each in v2.json()["outputs"]}
    assert outputs == {"text": [expected], "completion_tokens": [6]}
    for path, body, status in (
        ("/v1/models/assistant:predict", {"instances": "x"}, 400),
        ("/v1/models/assistant:predict", {"instances": [{"prompt": 5}]}, 400),
        ("/v1/models/gpt:predict", {"instances": ["x"]}, 404),
        ("/v2/models/assistant/infer", {"inputs": []}, 400),
        ("/v2/models/assistant/infer", {"inputs": 5}, 400),
        ("/nowhere", {}, 404),
    ):
        response = server.post(path, json=body)
        assert response.status_code == status, response.text
        assert response.json()["error"]["message"]


def test_the_metrics_page(server: Running, client: openai.OpenAI) -> None:
    names = {"model": "assistant", "version": "muse-spark-v2", "surface": "messenger"}
    before = server.metric("museline_tokens_total", **names)
    client.chat.completions.create(
        model="assistant",
        messages=user("Hello"),
        max_tokens=5,
        extra_headers={"x-surface": "messenger"},
    )
    assert server.metric("museline_requests_total", code="200", **names) == 1
    assert server.metric("museline_request_seconds_count", **names) == 1
    assert server.metric("museline_time_to_first_token_seconds_count", **names) == 1
    assert server.metric("museline_tokens_total", kind="completion", **names) == 5
    assert server.metric("museline_tokens_total", **names) > before + 5
    assert server.metric("request_predict_seconds_count", model_name="assistant") > 0


def test_a_full_queue_refuses_in_time(server: Running, client: openai.OpenAI) -> None:
    def ask(_: int) -> int:
        try:
            client.chat.completions.create(
                model="assistant", messages=user("More."), max_tokens=100
            )
        except openai.RateLimitError as error:
            return 429 if int(error.response.headers["retry-after"]) >= 1 else -1
        return 200

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(ask, range(16)))
    assert 429 in codes
    assert codes.count(200) >= 6


def test_a_folder_that_was_changed_is_not_served(signed: Signed, tmp_path: Path) -> None:
    shutil.copytree(signed.folder, tmp_path / "model")
    with (tmp_path / "model" / "config.json").open("a") as file:
        file.write(" ")
    process = start(tmp_path / "model", tmp_path / "log", "--public-key", str(signed.public_key))
    assert process.wait(READY_SECONDS) == 4
    said = (tmp_path / "log").read_text()
    assert "config.json was changed" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_named(server: Running, signed: Signed, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    process = start(signed.folder, tmp_path / "log", "--allow-unsigned", "--port", port)
    assert process.wait(READY_SECONDS) == 6
    said = (tmp_path / "log").read_text()
    assert f"port {port}" in said
    assert "--port NUMBER" in said


# The last one: it ends the server.
def test_at_a_stop_requests_finish_and_the_next_are_sent_elsewhere(
    server: Running, client: openai.OpenAI
) -> None:
    stream = client.chat.completions.create(
        model="assistant", messages=user("Tell me more."), max_tokens=400, stream=True
    )
    chunks = iter(stream)
    next(chunks)
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: None if ready(server) else True, server.process, server.log)
    assert list(chunks)[-1].choices[0].finish_reason == "length"
    assert server.process.wait(30) == 0
