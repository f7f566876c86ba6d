"""Free-form reads: a statement of SQLAlchemy Core, its rows in the words of named reads.

What a filter selects cannot stand in a named script. Readers take no writer's lock, and what comes
back reads alike on both databases: instants as text, UUIDs in lower case, whole numbers as int.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

from sql import standin
from sql.database import Database, Row
from sql.faults import of_odbc, of_sqlite
from sql.sqlite import READS

PAGE = 500
"""Rows that a stream holds at once."""


def rows(db: Database, statement: Executable) -> list[Row]:
    """All rows. Raises `StoreError` as `Database.read` does."""
    with _reading(db) as connection:
        return [_row(found) for found in connection.execute(statement).mappings()]


def stream(db: Database, statement: Executable) -> Iterator[Row]:
    """Row by row, in one transaction that lasts until the last one was taken."""
    with _reading(db) as connection:
        found = connection.execution_options(yield_per=PAGE).execute(statement)
        for row in found.mappings():
            yield _row(row)


def plain(value: Any) -> Any:
    """What SQLite would have given."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, str):
        return value.translate(standin.BACK)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return int(value) if isinstance(value, bool) else value


@contextmanager
def _reading(db: Database) -> Iterator[Connection]:
    of_driver = of_sqlite if db.engine.dialect.name == "sqlite" else of_odbc
    try:
        with db.engine.connect().execution_options(**{READS: True}) as connection:
            yield connection
    except DBAPIError as error:
        raised = error.orig if isinstance(error.orig, Exception) else error
        raise of_driver(raised) from error


def _row(found: Any) -> Row:
    return {name: plain(value) for name, value in found.items()}
