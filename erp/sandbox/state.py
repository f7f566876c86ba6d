"""The sandbox's own SQLite file: records by company, entity, id and natural key.

Everything here runs inside the caller's transaction; `Commits` opens and ends it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.canon import Json, dumps, parse
from tidegate.errors import ConfigError

SCHEMA = """
CREATE TABLE record (
    company TEXT NOT NULL,
    entity  TEXT NOT NULL,
    id      TEXT NOT NULL,
    key     TEXT NOT NULL,
    parent  TEXT NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (company, entity, id),
    UNIQUE (company, entity, key)
);
CREATE INDEX record_by_parent ON record (company, entity, parent);
CREATE TABLE series (
    company TEXT NOT NULL,
    name    TEXT NOT NULL,
    last    INTEGER NOT NULL,
    PRIMARY KEY (company, name)
);
CREATE TABLE command (
    company   TEXT NOT NULL,
    id        TEXT NOT NULL,
    procedure TEXT NOT NULL,
    result    TEXT NOT NULL,
    PRIMARY KEY (company, id)
);
CREATE TABLE effect (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    company     TEXT NOT NULL,
    effect_key  TEXT,
    entity      TEXT NOT NULL,
    key         TEXT NOT NULL,
    action      TEXT NOT NULL,
    at          TEXT NOT NULL,
    asked       TEXT NOT NULL
);
PRAGMA user_version = 2;
"""
VERSION = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record; `version` rises with every change, whether values differ or not."""

    id: str
    key: str
    parent: str
    version: int
    body: dict[str, Json]


def connect(path: Path) -> sqlite3.Connection:
    """The one connection of a server, used from its event loop's thread alone."""
    # Made in the caller's thread, used in the server's: sqlite3 would refuse that by itself.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def prepare(connection: sqlite3.Connection) -> bool:
    """Whether the file is new; then its tables are made, in the caller's transaction.

    Raises `ConfigError` where another version made it.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return False
    if version:
        raise ConfigError(
            "the sandbox's file was made by another version",
            next_step="delete it: it holds play only, and a new one is born at the next start",
        )
    for statement in filter(str.strip, SCHEMA.split(";")):
        connection.execute(statement)
    return True


class State:
    """The records of one company."""

    def __init__(self, connection: sqlite3.Connection, company: str) -> None:
        self._db = connection
        self._company = company

    def by_id(self, entity: str, record_id: str) -> Record | None:
        """The record with that id, or None."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record"
            " WHERE company = ? AND entity = ? AND id = ?",
            (self._company, entity, record_id),
        )
        return next(_records(rows), None)

    def by_key(self, entity: str, key: str) -> Record | None:
        """The record with that natural key, or None."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record"
            " WHERE company = ? AND entity = ? AND key = ?",
            (self._company, entity, key),
        )
        return next(_records(rows), None)

    def children(self, entity: str, parent: str) -> list[Record]:
        """The records of one parent, oldest first."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record"
            " WHERE company = ? AND entity = ? AND parent = ? ORDER BY id",
            (self._company, entity, parent),
        )
        return list(_records(rows))

    def all(self, entity: str) -> list[Record]:
        """Every record of an entity, oldest first."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record"
            " WHERE company = ? AND entity = ? ORDER BY id",
            (self._company, entity),
        )
        return list(_records(rows))

    def insert(self, entity: str, record: Record) -> None:
        """A new record; raises `sqlite3.IntegrityError` where the natural key is taken."""
        self._db.execute(
            "INSERT INTO record (company, entity, id, key, parent, version, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self._company,
                entity,
                record.id,
                record.key,
                record.parent,
                record.version,
                dumps(record.body).decode(),
            ),
        )

    def update(self, entity: str, record: Record) -> None:
        """Put `record` where its id is."""
        self._db.execute(
            "UPDATE record SET key = ?, version = ?, body = ?"
            " WHERE company = ? AND entity = ? AND id = ?",
            (
                record.key,
                record.version,
                dumps(record.body).decode(),
                self._company,
                entity,
                record.id,
            ),
        )

    def delete(self, entity: str, record_id: str) -> None:
        """Forget a record."""
        self._db.execute(
            "DELETE FROM record WHERE company = ? AND entity = ? AND id = ?",
            (self._company, entity, record_id),
        )

    def next_number(self, series: str, first: int) -> int:
        """The next number of a series that begins with `first`."""
        row = self._db.execute(
            "INSERT INTO series (company, name, last) VALUES (?, ?, ?)"
            " ON CONFLICT (company, name) DO UPDATE SET last = last + 1 RETURNING last",
            (self._company, series, first),
        ).fetchone()
        return int(row[0])

    def command(self, command_id: str) -> tuple[str, str] | None:
        """Procedure and result of a command that took effect, or None."""
        row = self._db.execute(
            "SELECT procedure, result FROM command WHERE company = ? AND id = ?",
            (self._company, command_id),
        ).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def keep_command(self, command_id: str, procedure: str, result: str) -> None:
        """Remember a command, in the transaction that makes its effect."""
        self._db.execute(
            "INSERT INTO command (company, id, procedure, result) VALUES (?, ?, ?, ?)",
            (self._company, command_id, procedure, result),
        )


def _records(rows: sqlite3.Cursor) -> Iterator[Record]:
    for record_id, key, parent, version, body in rows:
        fields = parse(body.encode())
        if not isinstance(fields, dict):
            raise TypeError(f"record {record_id} is not an object")
        yield Record(record_id, key, parent, version, fields)
