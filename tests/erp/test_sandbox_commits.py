"""Group commit: neighbours in one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from erp.sandbox.commits import Commits
from erp.sandbox.errors import BcError, changed
from erp.sandbox.state import connect


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "file.sqlite3")
    connection.execute("CREATE TABLE t (n INTEGER UNIQUE)")
    yield connection
    connection.close()


def run_together(database: sqlite3.Connection, *works: Callable[[], object]) -> list[object]:
    async def run() -> list[object]:
        commits = Commits(database)
        return await asyncio.gather(*map(commits.run, works), return_exceptions=True)

    return asyncio.run(run())


def test_a_refusal_leaves_its_neighbours_whole(database: sqlite3.Connection) -> None:
    def refuse() -> None:
        raise changed()

    def write() -> str:
        database.execute("INSERT INTO t VALUES (1)")
        return "written"

    first, second, third = run_together(database, refuse, write, refuse)
    assert (type(first), second, type(third)) == (BcError, "written", BcError)
    assert database.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_a_failure_undoes_the_whole_batch_and_tells_everybody(
    database: sqlite3.Connection,
) -> None:
    def write() -> None:
        database.execute("INSERT INTO t VALUES (1)")

    endings = run_together(database, write, write)
    assert [type(ending) for ending in endings] == [sqlite3.IntegrityError] * 2
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert not database.in_transaction


def test_the_file_is_written_through_to_the_disk(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
