"""A backup of a SQLite file is whole, checked, and overwrites nothing unasked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.backup import backup, statement
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.errors import ConfigError
from tidegate.testing import migrated


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    clock = ManualClock()
    with closing(migrated(tmp_path / "t.sqlite", clock)) as made:
        yield made


def test_what_is_committed_is_in_the_backup(db: SqliteDatabase, tmp_path: Path) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO counter (name, value) VALUES ('x', 7)")
    file = tmp_path / "b.sqlite"
    assert backup(db, file) == file.stat().st_size
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT value FROM counter").fetchall() == [(7,)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.glob("*.part*")] == []


def test_a_file_that_is_there_stays_unless_forced(db: SqliteDatabase, tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite"
    file.write_text("mine")
    with pytest.raises(ConfigError, match="there already"):
        backup(db, file)
    assert file.read_text() == "mine"
    assert backup(db, file, force=True) > 1000


def test_what_an_older_database_left_beside_the_file_spoils_no_backup(
    db: SqliteDatabase, tmp_path: Path
) -> None:
    file = tmp_path / "b.sqlite"
    left_open(tmp_path, file)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO counter (name, value) VALUES ('x', 7)")
    backup(db, file, force=True)
    assert [each.name for each in tmp_path.glob("b.sqlite*")] == ["b.sqlite"]
    with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(db.path)) as old:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert counts(copy) == counts(old)


def test_a_database_that_is_in_use_is_not_overwritten(db: SqliteDatabase, tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite"
    with closing(migrated(file, ManualClock())) as other:
        other.read("events/ping", {})
        with pytest.raises(ConfigError, match="is in use"):
            backup(db, file, force=True)
        assert other.read("events/ping", {})["schema"]


def left_open(folder: Path, file: Path) -> None:
    """What a machine that went down leaves of a database: its file, and what was not yet in it."""
    with closing(sqlite3.connect(folder / "live", isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("CREATE TABLE other (x TEXT)")
        live.executemany("INSERT INTO other VALUES (?)", [("y" * 999,)] * 200)
        for end in ("", "-wal", "-shm"):
            shutil.copy(folder / f"live{end}", f"{file}{end}")
            shutil.copy(folder / f"live{end}", f"{file}.part{end}")


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    count = "SELECT COUNT(*) FROM {}"
    return {name: connection.execute(count.format(name)).fetchone()[0] for (name,) in tables}


def test_it_is_never_written_over_itself(db: SqliteDatabase) -> None:
    with pytest.raises(ConfigError, match="the database itself"):
        backup(db, db.path, force=True)


def test_a_folder_that_is_not_there_is_told(db: SqliteDatabase, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        backup(db, tmp_path / "none" / "b.sqlite")


def test_others_write_while_it_copies(db: SqliteDatabase, tmp_path: Path) -> None:
    with closing(sqlite3.connect(db.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO counter (name, value) VALUES ('open', 1)")
        backup(db, tmp_path / "b.sqlite")
        other.execute("COMMIT")


def test_a_server_is_told_what_to_run(db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"place": [{"server": "s", "database_name": "a]b"}]}
    monkeypatch.setattr(db, "read", lambda name, doc: place)
    told = statement(db, Path("/b/it's.bak"))
    assert told.startswith("BACKUP DATABASE [a]]b] TO DISK = N'/b/it''s.bak' WITH CHECKSUM")
