"""A database of its own on the server of TEST_MSSQL_DSN, per worker; gone at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine, QueuePool, create_engine

from sql import odbc
from sql.mssql import MssqlDatabase
from sql.mssql_facts import create_database
from tests.e2e.wait import eventually
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
    yield dsn
    with closing(odbc.connect(odbc.odbc_string(named, None, "test", database="master"))) as master:
        eventually(f"{name} is dropped", 20, lambda: _dropped(master, name), every=0.2)


def _dropped(master: Any, name: str) -> bool | None:
    """None while a session that was closed a moment ago is still in it."""
    try:
        master.execute(f"DROP DATABASE {name}").close()
    except odbc.driver().Error:
        return None
    return True


@pytest.fixture(scope="session")
def engine(mssql_dsn: str) -> Iterator[Engine]:
    """One connection for what tests do beside the scripts: the stand-in warms up slowly."""
    made = create_engine(
        "mssql+pyodbc://",
        creator=lambda: odbc.connect(mssql_dsn, autocommit=False),
        poolclass=QueuePool,
        pool_size=1,
    )
    created(made)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def server_clock() -> ManualClock:
    """The now of the server's transactions."""
    return ManualClock()


@pytest.fixture(scope="session")
def warm_server(
    mssql_dsn: str, engine: Engine, server_clock: ManualClock
) -> Iterator[MssqlDatabase]:
    """SQL Server with whatever the last test left."""
    with closing(MssqlDatabase(mssql_dsn, None, server_clock, "tidegate test")) as db:
        yield db


@pytest.fixture
def server(warm_server: MssqlDatabase, engine: Engine) -> MssqlDatabase:
    """SQL Server as a new installation has it."""
    emptied(engine)
    return warm_server
