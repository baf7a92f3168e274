from __future__ import annotations

import subprocess
import sys

import pytest

LEAN = """
import sys
sys.argv[1:] = []
from museline_serving.predictor.lean import import_lazily
import_lazily("kserve")
import kserve.model_server
from kserve import model_server
from kserve.model import Model
assert "kubernetes" not in sys.modules
import kserve
assert kserve.Model is Model
assert kserve.ModelServer is model_server.ModelServer
assert "kubernetes" in sys.modules
"""


@pytest.mark.integration
def test_kserve_comes_without_its_cluster_client_until_somebody_asks_for_it() -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", LEAN], check=True, timeout=200)


def test_the_commands_and_checks_import_nothing_heavy() -> None:
    code = (
        "import museline_serving.cli.serve, museline_serving.checks, sys; "
        "print([m for m in ('torch', 'kserve', 'transformers', 'fastapi', 'mlflow', 'feast') "
        "if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=100
    )
    assert found.stdout.strip() == "[]"
