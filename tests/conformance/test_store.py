"""The store contract, on a SQLite file and, with TEST_MSSQL_DSN, on SQL Server or its stand-in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sql.migrate import upgrade
from sql.seal import verify
from sql.sqlite import SqliteDatabase
from tests.conformance.store_contract import StoreContract
from tests.processor.bench import House
from tests.sql.databases import KINDS, server_dsn
from tests.sql.stores import emptied
from tidegate.clock import ManualClock, SystemClock


@pytest.fixture(scope="session")
def server() -> str:
    """A database of our own with the schema in it; skips where no server is named."""
    from sql.mssql import MssqlDatabase

    dsn = server_dsn("store")
    with closing(MssqlDatabase(dsn, None, None, "test")) as db:
        upgrade(db, SystemClock())
    return dsn


@pytest.fixture(params=KINDS if "TEST_MSSQL_DSN" in os.environ else KINDS[:1])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    clock = ManualClock()
    if request.param == "sqlite":
        made = House(tmp_path, clock=clock)
        assert isinstance(made.db, SqliteDatabase)
    else:
        from sql.mssql import MssqlDatabase

        db = MssqlDatabase(request.getfixturevalue("server"), None, clock, "test")
        emptied(db.engine)
        made = House(tmp_path, clock=clock, database=db)
    yield made
    assert verify(made.db) == []
    made.close()


@pytest.mark.mssql
def test_the_contract_runs_on_sql_server_too(server: str) -> None:
    assert server


class TestStore(StoreContract):
    """Every database that we know."""
