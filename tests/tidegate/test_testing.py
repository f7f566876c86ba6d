"""What extensions test with: a database that is made by copying is the one that migrations make."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sql.migrate import upgrade, validate
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.testing import migrated


def told(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_a_copied_database_is_what_the_migrations_make_at_that_time(tmp_path: Path) -> None:
    clock = ManualClock()
    clock.advance(86_400.0)
    migrated(tmp_path / "copied.sqlite", clock).close()
    with closing(SqliteDatabase(tmp_path / "made.sqlite", clock)) as made:
        upgrade(made, clock)
    assert told(tmp_path / "copied.sqlite") == told(tmp_path / "made.sqlite")


def test_a_copied_database_needs_nothing_more(tmp_path: Path) -> None:
    clock = ManualClock()
    with closing(migrated(tmp_path / "copied.sqlite", clock)) as db:
        assert validate(db) == []
        assert upgrade(db, clock) == []
