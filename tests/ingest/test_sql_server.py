"""What ingest promises where the database is a server: bad rows alone, and columns of UTF-16."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from ingest.arrival import Accepted, Arrival
from ingest.writer import Writer
from sql.database import Database
from sql.migrate import upgrade
from sql.open import open_database
from tests.sql.databases import server_dsn
from tests.sql.stores import emptied
from tidegate.clock import SystemClock
from tidegate.config import load_config
from tidegate.errors import StoreError
from tidegate.ids import Ids
from tidegate.testing import arrival

pytestmark = pytest.mark.mssql
ROCKET = "\U0001f680"


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    clock = SystemClock()
    with closing(open_database(server_dsn("store"), None, None, clock, "test")) as opened:
        upgrade(opened, clock)
        yield opened


@pytest.fixture
def db(server: Database) -> Database:
    emptied(server)
    return server


def item(number: str, **options: Any) -> Arrival:
    ids = Ids(SystemClock())
    made = arrival(ids, load_config(None), {"item_id": number, "name": "Disk"})
    return replace(made, **options)


def accept(db: Database, *arrivals: Arrival) -> list[Accepted | StoreError]:
    writer: Writer[int] = Writer(
        db, "sandbox", random.Random(1), lambda _: None, lambda: 0.0, lambda _: None
    )
    return writer.accept(arrivals)


def verdicts(outcomes: list[Accepted | StoreError]) -> list[str]:
    return [getattr(each, "verdict", type(each).__name__) for each in outcomes]


@pytest.mark.parametrize(
    "bad", [{"trace": "0" * 56}, {"media_type": "x" * 101}, {"key_text": ROCKET * 201}]
)
def test_a_row_that_the_server_cannot_hold_is_refused_alone(
    db: Database, bad: dict[str, Any]
) -> None:
    done = accept(db, item("1"), item("2", **bad), item("3"))
    assert verdicts(done) == ["new", "rejected", "new"]
    with db.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT entity_text FROM tidegate.inbox ORDER BY id")
        assert [row[0] for row in kept] == ["1", "3"]


def test_an_id_of_as_many_units_as_the_column_is_kept(db: Database) -> None:
    assert verdicts(accept(db, item(ROCKET * 200, key_text=ROCKET * 200))) == ["new"]


def test_what_an_earlier_rule_version_accepted_is_hashed_anew(db: Database) -> None:
    class Rules:
        def hashed(self, operation: str, stamp: str | None, content: Any) -> bytes:
            return bytes([len(content["name"])]) * 32

    def named(name: str) -> Arrival:
        made = arrival(Ids(SystemClock()), load_config(None), {"item_id": "1", "name": name})
        hashed = Rules().hashed("update", None, {"name": name})
        return replace(made, hashing=Rules(), content_hash=hashed)

    assert verdicts(accept(db, named("Disk"))) == ["new"]
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            """UPDATE tidegate.entity_head SET recent = REPLACE(recent, '"r": 1', '"r": 0')"""
        )
    assert verdicts(accept(db, named("Tape"))) == ["duplicate"]
    assert verdicts(accept(db, named("Tapes"))) == ["new"]
