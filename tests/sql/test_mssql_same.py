"""One life of a few events comes out the same on both databases, row by row and byte by byte."""

from __future__ import annotations

from typing import Any

import pytest

from sql.database import Database, Rows
from sql.mssql import MssqlDatabase
from sql.seal import verify
from sql.sqlite import SqliteDatabase
from tests.sql.scenario import Step, life
from tests.sql.stores import every_row
from tidegate.clock import ManualClock

pytestmark = pytest.mark.mssql

# Scripts whose rows have no order of their own.
_UNORDERED = {"events/stats", "events/answers", "ingest/look", "seal/rows", "outbox/subscribe"}


def outcome(db: Database, step: Step) -> Rows:
    verb, name, doc = step
    found = db.run(name, doc) if verb == "run" else db.read(name, doc)
    if name in _UNORDERED:
        return {key: sorted(rows, key=repr) for key, rows in found.items()}
    return found


def kinds(found: Rows) -> list[list[list[tuple[str, type]]]]:
    return [[[(k, type(v)) for k, v in row.items()] for row in rows] for rows in found.values()]


def lived(db: Database, clock: ManualClock) -> list[tuple[str, Rows]]:
    found = []
    for step in life():
        clock.advance(1.0009765625)
        found.append((step[1], outcome(db, step)))
    return found


@pytest.fixture
def both(
    server: MssqlDatabase, file: SqliteDatabase, clock: ManualClock
) -> list[list[tuple[str, Rows]]]:
    start = clock.now()
    there = lived(server, clock)
    clock.advance((start - clock.now()).total_seconds())
    return [there, lived(file, clock)]


def test_every_script_gives_the_rows_columns_and_types_that_sqlite_gives(both: Any) -> None:
    for (name, there), (_, here) in zip(*both, strict=True):
        assert (name, there) == (name, here)
        assert (name, list(there)) == (name, list(here))
        assert (name, kinds(there)) == (name, kinds(here))


def test_every_script_leaves_the_rows_that_sqlite_leaves(
    both: Any, server: MssqlDatabase, file: SqliteDatabase
) -> None:
    there, here = every_row(server), every_row(file)
    for table in here:
        assert (table, there[table]) == (table, here[table])


def test_the_seal_s_links_are_those_of_sqlite_and_prove_themselves(
    both: Any, server: MssqlDatabase, file: SqliteDatabase
) -> None:
    links = [db.read("seal/links", {"from_seq": 0, "n": 100})["links"] for db in (server, file)]
    assert links[0] == links[1]
    assert len(links[0]) > 8
    assert verify(server) == verify(file) == []
