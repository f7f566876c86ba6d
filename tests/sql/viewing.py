"""Rows for views to look at, on both databases, and what the views say of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, delete, insert

from sql import reads
from sql.catalog import schema_of
from sql.database import Database
from sql.migrate import upgrade
from sql.sqlite import stamp
from sql.tables import metadata
from sql.tables.inbox import inbox
from sql.tables.queue import sync_queue
from tests.sql.databases import empty_database
from tidegate.clock import SystemClock

EVENT = str(UUID(int=7 << 80 | 7))
KEPT = {"leader", "schema_version", "seal", "install"}

_started: list[datetime] = []
_open: list[Connection] = []


@contextmanager
def upgraded(kind: str, directory: Path) -> Iterator[Database]:
    """A database with our schema and its first rows."""
    with empty_database(kind, directory) as db:
        upgrade(db, SystemClock())
        yield db


@contextmanager
def at_one_moment(db: Database) -> Iterator[Database]:
    """A test's turn: now stands still for `ago`, and what it wrote is gone after it."""
    _started[:] = [SystemClock().now()]
    # One for all: on the stand-in each new one costs a third of a second.
    with db.engine.connect() as connection:
        _open[:] = [connection]
        yield db
        for table in metadata.tables.values():
            if table.name not in KEPT:
                connection.execute(delete(table))
        connection.commit()


def ago(seconds: float) -> str:
    """So long before the test began, as the databases keep it."""
    return stamp(_started[0] - timedelta(seconds=seconds))


def public(number: int) -> str:
    """The id that goes with a number."""
    return str(UUID(int=number))


def add(db: Database, table: Table, **values: Any) -> int:
    """Insert a row, with something dull in every other column that must not be null."""
    dull = {str: "", int: 0, bytes: bytes(32)}
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "id" or column.nullable:
            continue
        row[column.name] = dull[column.type.python_type]
        if "uuid" in column.name:
            row[column.name] = EVENT
        elif column.name.endswith("_at") or column.name in ("at", "since"):
            row[column.name] = ago(0)
    result = _open[0].execute(insert(table).values(row | values))
    _open[0].commit()
    return int((result.inserted_primary_key or (0,))[0])


def queue(db: Database, rows: list[dict[str, Any]]) -> list[int]:
    """Events with their rows; each has a key of its own unless it names one."""
    numbers = count(1)
    made = []
    for row in rows:
        number = next(numbers)
        accepted = row.pop("accepted", 0)
        state = row.pop("inbox", "live")
        event = add(db, inbox, uuid=public(number), accepted_at=ago(accepted), state=state)
        add(db, sync_queue, **{"event_id": event, "key_id": number, "target": "bc", **row})
        made.append(event)
    return made


def select_all(db: Database, view: str, order: str) -> list[tuple[Any, ...]]:
    """The view's rows: instants as text, ids in lower case, decimals as numbers."""
    prefix = "tidegate." if schema_of(_open[0]) else ""
    found = _open[0].exec_driver_sql(f"SELECT * FROM {prefix}{view} ORDER BY {order}").fetchall()
    _open[0].commit()
    return [tuple(reads.plain(value) for value in row) for row in found]


def same_id(value: object) -> str:
    """A uniqueidentifier, which SQL Server writes in capitals."""
    return str(value).lower()
