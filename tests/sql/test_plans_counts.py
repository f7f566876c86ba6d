"""What a batch costs: calls of the store, and the statements within them; each number is a gate.

Every batch pays it. Who adds a statement to one of these scripts, or a call to one of these roads,
fails a test here: take another one out, or raise the number and say in the commit what for.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sql.database import Database
from sql.migrate import upgrade
from sql.mssql import call
from sql.named import batch, parts
from sql.sqlite import SqliteDatabase
from tests.ingest.bench import Between
from tests.processor.bench import Scripted
from tidegate.clock import ManualClock
from tidegate.testing import Pipeline, arrival

ADDED = "every batch would pay more than it did: take one out, or raise the gate and say what for"
WRITTEN = {
    "ingest/look": 6,
    "ingest/accept": 11,
    "queue/poll": 1,
    "queue/claim": 18,
    "queue/settle": 20,
    "outbox/take": 2,
    "outbox/distribute": 5,
    "outbox/claim": 9,
    "outbox/settle": 6,
}
"""Statements that a SQLite script has; those of an empty list are not run."""
RUN = {"ingest/accept": 8, "queue/claim": 20, "queue/settle": 13}
"""Statements that SQLite runs to write eight new records that succeed, BEGIN and COMMIT counted."""
RECORDS = 8


class Counting(SqliteDatabase):
    """Knows by script the most statements that one call of it ran."""

    def __init__(self, path: Path, clock: ManualClock) -> None:
        super().__init__(path, clock)
        self.most = Counter[str]()
        self._ran = 0

    def run(self, name: str, doc: Any) -> Any:
        self._ran = 0
        found = super().run(name, doc)
        self.most[name] = max(self.most[name], self._ran)
        return found

    def _connected(self) -> sqlite3.Connection:
        connection = super()._connected()
        connection.set_trace_callback(self._count)
        return connection

    def _count(self, _: str) -> None:
        self._ran += 1


def led(folder: Path, clock: ManualClock, db: Database) -> Pipeline:
    """A house that leads, and has nothing to do."""
    upgrade(db, clock)
    pipe = Pipeline(folder, Scripted(clock), clock=clock, database=db)
    pipe.run(4)
    return pipe


def a_batch(pipe: Pipeline, name: str) -> None:
    made = [
        arrival(pipe.ids, pipe.config, {"item_id": str(n), "sku": f"s{n}", "name": name})
        for n in range(RECORDS)
    ]
    assert len(pipe.accept(made)) == RECORDS


@pytest.mark.parametrize("name", WRITTEN)
def test_a_hot_script_has_as_many_statements_as_it_had(name: str) -> None:
    assert len(parts(name)) <= WRITTEN[name], ADDED


def test_a_batch_runs_as_many_statements_as_it_did(tmp_path: Path) -> None:
    clock = ManualClock()
    db = Counting(tmp_path / "tidegate.sqlite", clock)
    pipe = led(tmp_path, clock, db)
    a_batch(pipe, "first")
    pipe.run(4)
    pipe.close()
    ran = {name: (db.most[name], gate) for name, gate in RUN.items()}
    assert {name: each for name, each in ran.items() if not 0 < each[0] <= each[1]} == {}, ADDED


def test_a_batch_is_two_calls_to_accept_one_to_claim_and_one_to_settle(tmp_path: Path) -> None:
    clock = ManualClock()
    db = Between(SqliteDatabase(tmp_path / "tidegate.sqlite", clock))
    pipe = led(tmp_path, clock, db)
    a_batch(pipe, "first")
    pipe.run(4)
    db.calls.clear()
    a_batch(pipe, "second")
    pipe.run(2)
    pipe.close()
    # Behind the settlement stands the next claim, here of nothing.
    assert db.calls == [
        *("ingest/look", "ingest/accept"),
        *("queue/poll", "queue/claim", "queue/settle", "queue/claim"),
    ], ADDED


@pytest.mark.parametrize("name", WRITTEN)
def test_on_sql_server_a_call_is_one_batch_and_one_round_trip(name: str) -> None:
    text, _ = call(name)
    assert text.startswith("{CALL sp_executesql(N'")
    assert "\nGO\n" not in batch(name)[0]
