"""The sandbox's own SQLite file: records by entity, id and natural key.

Everything here runs inside the caller's transaction; `Commits` opens and ends it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tidegate.canon import Json, dumps, parse

SCHEMA = """
CREATE TABLE record (
    entity  TEXT NOT NULL,
    id      TEXT NOT NULL,
    key     TEXT NOT NULL,
    parent  TEXT NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (entity, id),
    UNIQUE (entity, key)
);
CREATE INDEX record_by_parent ON record (entity, parent);
CREATE TABLE effect (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    effect_key  TEXT,
    entity      TEXT NOT NULL,
    key         TEXT NOT NULL,
    action      TEXT NOT NULL,
    at          TEXT NOT NULL,
    asked       TEXT NOT NULL
);
"""


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


class State:
    """The records of one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @property
    def born(self) -> bool:
        """Whether the file holds a sandbox already."""
        return bool(self._db.execute("PRAGMA user_version").fetchone()[0])

    def create_tables(self) -> None:
        """Tables of a new file, in the caller's transaction."""
        for statement in filter(str.strip, SCHEMA.split(";")):
            self._db.execute(statement)
        self._db.execute("PRAGMA user_version = 1")

    def by_id(self, entity: str, record_id: str) -> Record | None:
        """The record with that id, or None."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record WHERE entity = ? AND id = ?",
            (entity, record_id),
        )
        return next(_records(rows), None)

    def by_key(self, entity: str, key: str) -> Record | None:
        """The record with that natural key, or None."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record WHERE entity = ? AND key = ?",
            (entity, key),
        )
        return next(_records(rows), None)

    def children(self, entity: str, parent: str) -> list[Record]:
        """The records of one parent, oldest first."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record"
            " WHERE entity = ? AND parent = ? ORDER BY id",
            (entity, parent),
        )
        return list(_records(rows))

    def all(self, entity: str) -> list[Record]:
        """Every record of an entity, oldest first."""
        rows = self._db.execute(
            "SELECT id, key, parent, version, body FROM record WHERE entity = ? ORDER BY id",
            (entity,),
        )
        return list(_records(rows))

    def insert(self, entity: str, record: Record) -> None:
        """A new record; raises `sqlite3.IntegrityError` where the natural key is taken."""
        self._db.execute(
            "INSERT INTO record (entity, id, key, parent, version, body) VALUES (?, ?, ?, ?, ?, ?)",
            (
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
            "UPDATE record SET key = ?, version = ?, body = ? WHERE entity = ? AND id = ?",
            (record.key, record.version, dumps(record.body).decode(), entity, record.id),
        )


def _records(rows: sqlite3.Cursor) -> Iterator[Record]:
    for record_id, key, parent, version, body in rows:
        fields = parse(body.encode())
        if not isinstance(fields, dict):
            raise TypeError(f"record {record_id} is not an object")
        yield Record(record_id, key, parent, version, fields)
