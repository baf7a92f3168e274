"""The whole pipeline `training` with the real stages, on as little as possible."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]
MUSE = "from museline.cli.main import main; main()"


def run(home: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", MUSE, *arguments, "--output", "json"],
        env=os.environ | {"MUSELINE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_raw_data_becomes_two_registered_models_and_then_nothing_is_done_twice(
    tmp_path: Path,
) -> None:
    first = run(tmp_path, "run", "training", "--recipe", "smoke")
    assert first["status"] == "succeeded"
    report = Path(str(first["report"])).read_text()
    assert "muse-spark against llama-4" in report
    assert "Safety gate" in report
    second = run(tmp_path, "run", "training", "--recipe", "smoke")
    steps = second["steps"]
    assert isinstance(steps, list)
    assert {step["cached_from"] for step in steps} == {first["run"]}
