"""One life of a few events comes out the same on both databases, row by row and byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from sql.database import Database, Rows
from sql.mssql import MssqlDatabase
from sql.seal import verify
from sql.sqlite import SqliteDatabase
from tests.sql.scenario import Step, life
from tests.sql.stores import created, emptied, every_row
from tidegate.clock import ManualClock

pytestmark = pytest.mark.mssql

# Scripts whose rows have no order of their own.
_UNORDERED = {"events/stats", "events/answers", "ingest/look", "seal/rows", "outbox/subscribe"}


@dataclass
class Lived:
    """A database, and what each script gave."""

    db: Database
    engine: Engine
    start: datetime
    found: list[tuple[str, Rows]]


def outcome(db: Database, step: Step) -> Rows:
    verb, name, doc = step
    found = db.run(name, doc) if verb == "run" else db.read(name, doc)
    if name in _UNORDERED:
        return {key: sorted(rows, key=repr) for key, rows in found.items()}
    return found


def kinds(found: Rows) -> list[list[list[tuple[str, type]]]]:
    return [[[(k, type(v)) for k, v in row.items()] for row in rows] for rows in found.values()]


def lived(db: Database, engine: Engine, clock: ManualClock) -> Lived:
    emptied(engine)
    start, found = clock.now(), []
    for step in life():
        clock.advance(1.0009765625)
        found.append((step[1], outcome(db, step)))
    return Lived(db, engine, start, found)


@pytest.fixture(scope="module")
def there(warm_server: MssqlDatabase, engine: Engine, server_clock: ManualClock) -> Lived:
    return lived(warm_server, engine, server_clock)


@pytest.fixture(scope="module")
def here(there: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    clock = ManualClock(there.start)
    with closing(SqliteDatabase(tmp_path_factory.mktemp("same") / "t.sqlite", clock)) as db:
        created(db.engine)
        yield lived(db, db.engine, clock)


def test_every_script_gives_the_rows_that_sqlite_gives(there: Lived, here: Lived) -> None:
    for (name, server), (_, file) in zip(there.found, here.found, strict=True):
        assert (name, server) == (name, file)


def test_every_script_gives_sqlite_s_columns_and_types(there: Lived, here: Lived) -> None:
    for (name, server), (_, file) in zip(there.found, here.found, strict=True):
        assert (name, list(server), kinds(server)) == (name, list(file), kinds(file))


def test_every_table_holds_the_rows_that_sqlite_holds(there: Lived, here: Lived) -> None:
    server: dict[str, Any] = every_row(there.engine)
    for table, rows in every_row(here.engine).items():
        assert (table, server[table]) == (table, rows)


def test_the_seal_is_that_of_sqlite_and_proves_itself(there: Lived, here: Lived) -> None:
    links = [
        each.db.read("seal/links", {"from_seq": 0, "to_seq": 98, "n": 99})["links"]
        for each in (there, here)
    ]
    assert links[0] == links[1]
    assert len(links[0]) > 8
    assert verify(there.db) == verify(here.db) == []
