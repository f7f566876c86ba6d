"""The store contract, on a SQLite file and, with TEST_MSSQL_DSN, on SQL Server or its stand-in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import QueuePool, create_engine

from sql.database import Document, Rows
from sql.migrate import upgrade
from sql.open import open_database
from sql.seal import verify
from tests.conformance.commands_contract import CommandsContract
from tests.conformance.leaders_contract import LeadersContract
from tests.conformance.store_contract import StoreContract
from tests.conformance.supersede_contract import SupersedeContract
from tests.processor.bench import House
from tests.sql.databases import KINDS, server_dsn
from tests.sql.stores import emptied
from tidegate.clock import ManualClock, SystemClock


class Lent:
    """A database on a server that outlives the test: its connections are warm, its rows gone."""

    def __init__(self, dsn: str) -> None:
        from sql import odbc
        from sql.mssql import MssqlDatabase

        self.clock = ManualClock()
        self._db = MssqlDatabase(dsn, None, self.clock, "test")
        self.engine = create_engine(
            "mssql+pyodbc://",
            creator=lambda: odbc.connect(odbc.odbc_string(dsn, None, "test"), autocommit=False),
            poolclass=QueuePool,
            pool_size=1,
        )

    def run(self, name: str, doc: Document) -> Rows:
        return self._db.run(name, doc)

    def read(self, name: str, doc: Document) -> Rows:
        return self._db.read(name, doc)

    def close(self) -> None:
        """The next test goes on with it."""

    def give_back(self) -> None:
        self.engine.dispose()
        self._db.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Lent]:
    """A database of our own with the schema in it; skips where no server is named."""
    dsn = server_dsn("store")
    with closing(open_database(dsn, None, None, SystemClock(), "test")) as db:
        upgrade(db, SystemClock())
    lent = Lent(dsn)
    yield lent
    lent.give_back()


@pytest.fixture(params=KINDS if "TEST_MSSQL_DSN" in os.environ else KINDS[:1])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if request.param == "sqlite":
        made = House(tmp_path)
    else:
        lent: Lent = request.getfixturevalue("server")
        emptied(lent)
        made = House(tmp_path, clock=lent.clock, database=lent)
    yield made
    assert verify(made.db) == []
    made.close()


@pytest.mark.mssql
def test_the_contract_runs_on_sql_server_too(server: Lent) -> None:
    assert server.read("events/ping", {})


class TestStore(StoreContract, CommandsContract, SupersedeContract, LeadersContract):
    """Every database that we know."""
