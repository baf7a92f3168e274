"""What tests of several packages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes says how busy the machine is, and nothing about the code.
settings.register_profile("museline", deadline=None)
settings.load_profile("museline")


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's folder that MLflow has set up (which takes seconds), without any model.

    Tests copy it; they filter the warning of MLflow's loader (see test_registry.py).
    """
    from museline.registry.store import Store

    folder = tmp_path_factory.mktemp("empty") / "registry"
    Store(folder)._client().search_registered_models()
    return folder
