"""Backends without a model."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TINY_BACKEND = Path(__file__).parent / "tiny_backend.py"


@pytest.fixture
def tiny_backend() -> Path:
    """The script of a predictor without a model."""
    return TINY_BACKEND


@pytest.fixture
def start_backend() -> Iterator[Callable[..., int]]:
    """`start_backend(version, error_share=0.0)` starts one and returns its port."""
    running: list[subprocess.Popen[str]] = []

    def start(version: str, error_share: float = 0.0) -> int:
        command = [sys.executable, str(TINY_BACKEND), "--version", version]
        process = subprocess.Popen(
            [*command, "--fault", f"errors={error_share}"], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in running:
        process.terminate()
        process.communicate()
