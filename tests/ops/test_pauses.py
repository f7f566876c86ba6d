"""Pauses by people, on both databases: the rows, and the record of who, where and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ops.pauses import Pauses, Place, listed
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database
from sql.migrate import upgrade
from sql.tables.audit import audit_trail
from tests.sql.databases import KINDS, empty_database
from tests.sql.stores import every_row
from tidegate.clock import SystemClock
from tidegate.config import load_config

HERE = Place("sandbox", "bills")


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as found:
        upgrade(found, SystemClock())
        yield found


def test_a_pause_and_its_end_are_on_record_with_a_digest_that_holds(db: Database) -> None:
    desk = Pauses(db, load_config(None), Who("Ana für Zoë", "http", "10.0.0.7"))
    now = SystemClock().now()
    desk.pause(HERE, "the ERP is moved", now + timedelta(hours=2), now)
    [told] = listed(db)
    assert (told["target"], told["entity"], told["actor"]) == ("sandbox", "bills", "Ana für Zoë")
    assert told["until_at"] > told["since"]
    assert [row["kind"] for row in desk.resume(HERE, "it is back")] == ["operator"]
    assert (listed(db), desk.resume(HERE, "it is back")) == ([], [])
    rows = every_row(db)[audit_trail.name]
    assert [row["action"] for row in rows] == ["paused", "resumed"]
    assert all(row["host"] == "10.0.0.7" and row["row_hash"] == row_hash(row) for row in rows)
