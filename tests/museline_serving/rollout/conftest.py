"""A store and a world for the controller's tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from museline_serving.rollout.adapters.sqlite_store import SQLiteStore

_spec = importlib.util.spec_from_file_location("worlds", Path(__file__).with_name("worlds.py"))
assert _spec is not None
assert _spec.loader is not None
worlds = importlib.util.module_from_spec(_spec)
sys.modules.setdefault("worlds", worlds)
_spec.loader.exec_module(sys.modules["worlds"])


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    return SQLiteStore(tmp_path / "rollouts.sqlite")
