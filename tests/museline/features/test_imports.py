"""Importing the words of features, and the transformer, loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys


def test_nothing_heavy_is_loaded() -> None:
    code = (
        "import sys, museline.features, museline_serving.transformer,"
        " museline_components.featurize.step, museline_components.validate.step;"
        "heavy = {'feast', 'great_expectations', 'pandas', 'pyarrow', 'torch', 'dask'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
