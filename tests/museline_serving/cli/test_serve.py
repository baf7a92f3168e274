from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from museline.errors import BusyError
from museline.registry import Entry, Registry
from museline_serving.cli import serve as module


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Entry:
    found = Entry("assistant", 2, "muse-spark", "c0ffee", tmp_path / "model", ("candidate",), 0.0)
    monkeypatch.setenv("MUSELINE_HOME", str(tmp_path))
    monkeypatch.setattr(Registry, "find", lambda self, selector: found)
    return found


def test_a_port_in_use_is_named_before_anything_is_loaded(entry: Entry) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(module.serve, ["candidate", "--port", str(port)])
    assert isinstance(result.exception, BusyError)
    assert str(port) in str(result.exception)
    assert "--port NUMBER" in str(result.exception)


def test_it_starts_the_predictor_with_the_models_own_label_and_key(
    entry: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def run(command: Sequence[str], url: str, label: str) -> int:
        started.append([*command, url, label])
        return 0

    monkeypatch.setattr(module, "_run", run)
    arguments = ["candidate", "--port", "0", "--fault", "errors=0.1"]
    assert CliRunner().invoke(module.serve, arguments).exit_code == 0
    command = started[0]
    options = dict(zip(command[3:-2:2], command[4:-2:2], strict=True))
    assert options["--model-folder"] == str(entry.folder)
    assert options["--public-key"] == str(tmp_path / "keys" / "signing-key.pub")
    assert options["--version"] == "muse-spark-v2"
    assert options["--fault"] == "errors=0.1"
    assert command[-2] == f"http://127.0.0.1:{options['--port']}"


def test_a_server_that_ends_before_it_is_ready_gives_its_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert module._run(["sh", "-c", "exit 4"], "http://127.0.0.1:9", "muse-spark-v2") == 4
    assert "answers" not in capsys.readouterr().out


def test_a_server_that_is_ready_is_told_with_an_example(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(self: Any, url: str) -> Any:
        import httpx

        return httpx.Response(200)

    monkeypatch.setattr("httpx.Client.get", answer)
    assert module._run(["sleep", "1"], "http://127.0.0.1:9", "muse-spark-v2") == 0
    said = capsys.readouterr().out
    assert "muse-spark-v2 answers at http://127.0.0.1:9" in said
    assert "curl http://127.0.0.1:9/v1/chat/completions" in said
