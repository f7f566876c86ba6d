"""Databases for tests: a new SQLite file, and an emptied schema on the server of TEST_MSSQL_DSN."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from sql.database import Database
from sql.open import open_database
from tidegate.clock import SystemClock

KINDS = ["sqlite", pytest.param("mssql", marks=pytest.mark.mssql)]


@contextmanager
def empty_database(kind: str, directory: Path) -> Iterator[Database]:
    """A database of `kind` without a schema; skips where no server is named."""
    dsn = None if kind == "sqlite" else server_dsn()
    with closing(open_database(dsn, None, directory, SystemClock(), "test")) as db:
        if dsn is not None:
            with db.engine.begin() as connection:
                drop_everything(connection)
        yield db


def server_dsn(purpose: str = "migrations") -> str:
    """The address of a database of this worker's own, beside that of TEST_MSSQL_DSN."""
    named = os.environ.get("TEST_MSSQL_DSN")
    if not named:
        pytest.skip("TEST_MSSQL_DSN names no server")
    url = make_url(named)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"{url.database or 'tidegate'}_{purpose}{worker}"
    create_database(named, name)
    return url.set(database=name).render_as_string(hide_password=False)


def create_database(dsn: str, name: str) -> None:
    """Make it unless it is there; no transaction may stand around CREATE DATABASE."""
    with (
        closing(open_database(dsn, None, None, SystemClock(), "test")) as db,
        closing(db.engine.raw_connection()) as pooled,
    ):
        driver = pooled.driver_connection
        assert driver is not None
        driver.autocommit = True
        driver.execute(f"IF DB_ID(N'{name}') IS NULL CREATE DATABASE {name}")
        driver.autocommit = False


def drop_everything(connection: Connection) -> None:
    """Empty the schema `tidegate`, views first."""
    listed = connection.exec_driver_sql(
        "SELECT TABLE_TYPE, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES "
        "WHERE TABLE_SCHEMA = N'tidegate' ORDER BY TABLE_TYPE DESC"
    ).fetchall()
    for kind, name in listed:
        word = "VIEW" if kind == "VIEW" else "TABLE"
        connection.exec_driver_sql(f"DROP {word} tidegate.{name}")
