"""The person's side loads no heavy library: only the processes of the steps do."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "duckdb",
    "feast",
    "great_expectations",
    "kfp",
    "kserve",
    "matplotlib",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "ray",
    "scipy",
    "sklearn",
    "torch",
    "transformers",
}
CODE = """
import sys
import museline_pipelines.checks, museline_pipelines.display, museline_pipelines.running
import museline_pipelines.cli.demo, museline_pipelines.cli.pipeline
import museline_pipelines.cli.run, museline_pipelines.cli.runs
from museline_pipelines.recipes import RECIPES
for recipe in RECIPES.values():
    recipe.build()
print(*sorted(name for name in sys.modules if "." not in name))
"""


def test_commands_and_recipes_load_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "museline_pipelines" in loaded
    assert set(loaded) & HEAVY == set()
