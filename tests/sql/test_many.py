"""Statements for many rows at once say what they would say row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from sql.many import CHUNKS, repeatable, run_many

INSERT = "INSERT INTO t (id, name, at) VALUES (:id, COALESCE(:name, 'none'), :now)"
MOVE = (
    "WITH v (id, name) AS (VALUES (:id, :name)) "
    "UPDATE t SET name = v.name, at = :now FROM v WHERE t.id = v.id"
)
SINGLE = "DELETE FROM t WHERE id = :id"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, at TEXT)")
        yield made


def rows(n: int, name: str | None = "x") -> list[dict[str, Any]]:
    return [{"id": i, "name": name, "unused": b""} for i in range(n)]


def kept(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT id, name, at FROM t ORDER BY id").fetchall()


@pytest.mark.parametrize("n", [1, 3, 4, 17, 100, 2 * CHUNKS[0] + 5])
def test_every_row_is_written_once_whatever_their_number(
    connection: sqlite3.Connection, n: int
) -> None:
    assert run_many(connection, INSERT, rows(n), {"now": "noon"}) == n
    assert kept(connection) == [(i, "x", "noon") for i in range(n)]


@pytest.mark.parametrize("sql", [INSERT, SINGLE])
def test_it_takes_fewer_steps_than_rows_only_where_a_tuple_holds_all_of_a_row(
    connection: sqlite3.Connection, sql: str
) -> None:
    steps: list[str] = []
    connection.set_trace_callback(steps.append)
    run_many(connection, sql, rows(64), {"now": "noon"})
    assert len(steps) == (1 if repeatable(sql, ("id", "name", "unused")) else 64)


def test_moves_by_a_tuple_count_the_rows_that_they_hit(connection: sqlite3.Connection) -> None:
    run_many(connection, INSERT, rows(10), {"now": "noon"})
    moves = [{"id": i, "name": "moved"} for i in (2, 5, 99)]
    assert run_many(connection, MOVE, moves, {"now": "later"}) == 2
    assert [row[0] for row in kept(connection) if row[2] == "later"] == [2, 5]


def test_rows_that_leave_something_out_get_what_stands_for_it(
    connection: sqlite3.Connection,
) -> None:
    mixed: list[dict[str, Any]] = [{"id": 1}, {"id": 2, "name": "x"}, {"id": 3}]
    assert run_many(connection, INSERT, mixed, {"now": "noon", "name": None}) == 3
    assert [row[1] for row in kept(connection)] == ["none", "x", "none"]


def test_a_value_that_a_row_needs_beside_the_tuple_is_no_constant() -> None:
    sql = "WITH v (id) AS (VALUES (:id)) UPDATE t SET name = :name FROM v WHERE t.id = v.id"
    assert repeatable(sql, ("id",))
    assert not repeatable(sql, ("id", "name"))


def test_what_no_row_has_is_null_for_all_and_bytes_stay_bytes(
    connection: sqlite3.Connection,
) -> None:
    found: list[dict[str, Any]] = [{"id": i, "name": None, "at": None} for i in range(3)]
    sql = "INSERT INTO t (id, name, at) VALUES (:id, :name, :at)"
    run_many(connection, sql, found, {})
    run_many(
        connection,
        sql,
        [{"id": 7, "name": b"x", "at": None}, {"id": 8, "name": None, "at": "y"}],
        {},
    )
    assert kept(connection) == [
        (0, None, None),
        (1, None, None),
        (2, None, None),
        (7, b"x", None),
        (8, None, "y"),
    ]
