"""What the conformance suites share: databases, those on a server among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import QueuePool, create_engine

from sql.database import Document, Rows
from sql.migrate import upgrade
from sql.open import open_database
from sql.seal import verify
from tests.processor.bench import House
from tests.sql.databases import KINDS, server_dsn
from tests.sql.stores import emptied
from tidegate.clock import ManualClock, SystemClock

Build = Callable[..., House]


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
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Makes the test's house on an empty database of each kind."""
    made: list[House] = []

    def _build(**given: Any) -> House:
        if request.param != "sqlite":
            lent: Lent = request.getfixturevalue("server")
            emptied(lent)
            given |= {"clock": lent.clock, "database": lent}
        made.append(House(tmp_path, **given))
        return made[-1]

    yield _build
    for each in made:
        assert verify(each.db) == []
        each.close()
