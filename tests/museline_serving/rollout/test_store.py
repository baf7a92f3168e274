"""The contract of the store, and what SQLite adds to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from worlds import PLAN

from museline.errors import BusyError, ConfigurationError, DataError
from museline_serving.rollout import Decision, begin
from museline_serving.rollout.adapters.sqlite_store import SQLiteStore
from museline_serving.rollout.errors import StaleWriterError
from museline_serving.rollout.words import HISTORY


def test_what_is_stored_comes_back(store: SQLiteStore) -> None:
    created = store.create("r", PLAN, begin(PLAN, 12.25))
    assert SQLiteStore(store.path).load("r") == created


def test_a_name_is_taken_once(store: SQLiteStore) -> None:
    store.create("r", PLAN, begin(PLAN, 0))
    with pytest.raises(BusyError, match="of this name"):
        store.create("r", PLAN, begin(PLAN, 0))


def test_an_unknown_name_says_which_there_are(store: SQLiteStore) -> None:
    store.create("spark-001", PLAN, begin(PLAN, 0))
    with pytest.raises(ConfigurationError) as error:
        store.load("spark-01")
    assert "spark-001" in error.value.allowed


def test_a_stale_writer_is_refused_and_writes_nothing(store: SQLiteStore) -> None:
    stored = store.create("r", PLAN, begin(PLAN, 0))
    newer = store.save(stored, replace(stored.state, wave=1))
    with pytest.raises(StaleWriterError):
        store.save(stored, replace(stored.state, wave=0, step=7))
    assert store.load("r") == newer


def test_decisions_outlive_the_bounded_history(store: SQLiteStore) -> None:
    stored = store.create("r", PLAN, begin(PLAN, 0))
    for number in range(HISTORY + 20):
        decision = Decision(number, f"d{number}", "", "engine", {}, {"e": 1 / 3})
        history = (*stored.state.history, decision)[-HISTORY:]
        stored = store.save(stored, replace(stored.state, history=history, decided=number + 1))
    assert [each.at for each in store.decisions("r")] == list(range(HISTORY + 20))


def test_orders_are_kept_in_order(store: SQLiteStore) -> None:
    first = store.order("r", "pause", "ann", "lunch", 1.0)
    second = store.order("r", "resume", "bob", "", 2.0)
    store.order("other", "abort", "eve", "", 3.0)
    assert store.orders("r") == (first, second)
    assert store.orders("r", after=first.number) == (second,)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.sqlite"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(DataError, match="broken"):
        SQLiteStore(path)
