"""A database of its own on the server of TEST_MSSQL_DSN, per worker; gone at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sql import odbc
from sql.mssql import MssqlDatabase
from sql.mssql_facts import create_database
from sql.sqlite import SqliteDatabase
from tests.sql.stores import created, emptied
from tidegate.clock import ManualClock


@pytest.fixture(scope="session")
def mssql_dsn(worker_id: str) -> Iterator[str]:
    """An ODBC string that names a database with our tables."""
    named = os.environ.get("TEST_MSSQL_DSN")
    if not named:
        pytest.skip("TEST_MSSQL_DSN names no server")
    name = f"tidegate_{worker_id}_{os.getpid()}"
    dsn = odbc.odbc_string(named, None, "test", database=name)
    assert create_database(dsn, None, "test")
    with closing(MssqlDatabase(dsn, None, None, "test")) as db:
        created(db)
    yield dsn
    with closing(odbc.connect(odbc.odbc_string(named, None, "test", database="master"))) as master:
        master.execute(f"DROP DATABASE {name}").close()


@pytest.fixture
def clock() -> ManualClock:
    """The now of both databases."""
    return ManualClock()


@pytest.fixture
def server(mssql_dsn: str, clock: ManualClock) -> Iterator[MssqlDatabase]:
    """SQL Server as a new installation has it."""
    with closing(MssqlDatabase(mssql_dsn, None, clock, "test")) as db:
        emptied(db)
        yield db


@pytest.fixture
def file(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteDatabase]:
    """SQLite as a new installation has it."""
    with closing(SqliteDatabase(tmp_path / "t.sqlite", clock)) as db:
        created(db)
        emptied(db)
        yield db
