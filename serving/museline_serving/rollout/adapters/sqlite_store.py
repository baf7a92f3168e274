"""Rollouts and orders in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from museline.errors import BusyError, ConfigurationError, DataError, near
from museline_serving.rollout.errors import StaleWriterError
from museline_serving.rollout.plan import RolloutPlan
from museline_serving.rollout.ports import Stored
from museline_serving.rollout.words import (
    Decision,
    Order,
    State,
    Verb,
    decision_from_json,
    state_from_json,
    to_json,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS rollouts (
    name TEXT PRIMARY KEY, plan TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT, rollout TEXT NOT NULL, verb TEXT NOT NULL,
    actor TEXT NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS decisions (
    rollout TEXT NOT NULL, number INTEGER NOT NULL, decision TEXT NOT NULL,
    PRIMARY KEY (rollout, number));
"""


class SQLiteStore:
    """A store in the file at `path`; any number of processes may use it at once."""

    synchronous = "NORMAL"

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the file is closed after it, so that no descriptor outlives a crash."""
        connection = sqlite3.connect(self.path, timeout=10)
        try:
            # With the write-ahead log this outlives any crash of a process; only a power failure
            # could take the last look back, and it takes the embedded servers with it.
            connection.execute(f"PRAGMA synchronous={self.synchronous}")
            with connection:
                yield connection
        except sqlite3.OperationalError as error:
            raise BusyError(
                f"the rollout store cannot be used: {error}",
                value=self.path,
                mend="look for free space on the disk and for another process that holds the file",
            ) from error
        except sqlite3.DatabaseError as error:
            raise DataError(f"the rollout store is broken: {error}", value=self.path) from error
        finally:
            connection.close()

    def create(self, name: str, plan: RolloutPlan, state: State) -> Stored:
        with self._connection() as connection:
            done = connection.execute(
                "INSERT OR IGNORE INTO rollouts VALUES (?, ?, ?, 1)",
                (name, plan.model_dump_json(), to_json(state)),
            )
            if done.rowcount != 1:
                raise BusyError("there is a rollout of this name", value=name)
        return Stored(name, plan, state, 1)

    def load(self, name: str) -> Stored:
        with self._connection() as connection:
            row = connection.execute(
                "SELECT plan, state, version FROM rollouts WHERE name = ?", (name,)
            ).fetchone()
        if row is None:
            names = self.names()
            raise ConfigurationError(
                "there is no such rollout",
                value=name,
                allowed=near(name, names) if names else "none exists yet",
                mend="muse release list",
            )
        return Stored(
            name, RolloutPlan.model_validate_json(row[0]), state_from_json(row[1]), row[2]
        )

    def save(self, stored: Stored, state: State) -> Stored:
        new = state.history[len(state.history) - (state.decided - stored.state.decided) :]
        first = state.decided - len(new)
        with self._connection() as connection:
            done = connection.execute(
                "UPDATE rollouts SET state = ?, version = version + 1"
                " WHERE name = ? AND version = ?",
                (to_json(state), stored.name, stored.version),
            )
            if done.rowcount != 1:
                raise StaleWriterError(
                    "another controller has taken over this rollout", value=stored.name
                )
            connection.executemany(
                "INSERT INTO decisions VALUES (?, ?, ?)",
                [(stored.name, first + index, to_json(each)) for index, each in enumerate(new)],
            )
        return Stored(stored.name, stored.plan, state, stored.version + 1)

    def names(self) -> Sequence[str]:
        with self._connection() as connection:
            rows = connection.execute("SELECT name FROM rollouts ORDER BY rowid").fetchall()
        return [row[0] for row in rows]

    def order(self, name: str, verb: Verb, actor: str, reason: str, at: float) -> Order:
        with self._connection() as connection:
            done = connection.execute(
                "INSERT INTO orders (rollout, verb, actor, reason, at) VALUES (?, ?, ?, ?, ?)",
                (name, verb, actor, reason, at),
            )
        return Order(cast("int", done.lastrowid), verb, actor, reason, at)

    def orders(self, name: str, after: int = 0) -> tuple[Order, ...]:
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT number, verb, actor, reason, at FROM orders"
                " WHERE rollout = ? AND number > ? ORDER BY number",
                (name, after),
            ).fetchall()
        return tuple(Order(*row) for row in rows)

    def decisions(self, name: str) -> tuple[Decision, ...]:
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT decision FROM decisions WHERE rollout = ? ORDER BY number", (name,)
            ).fetchall()
        return tuple(decision_from_json(row[0]) for row in rows)
