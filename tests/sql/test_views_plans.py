"""No view walks history, by SQLite's own plans; none names a column that holds a payload."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from sql.migrate import upgrade
from sql.sqlite import SqliteDatabase
from sql.tables import metadata
from sql.views import VIEWS, catalog, view_sql
from tidegate.clock import ManualClock

GROWS = {table.name for table in metadata.tables.values()} - {"leader", "install"}
# A subquery that ends after so many rows of one table, however many there are.
BOUNDED = re.compile(
    r"\bFROM (\w+)(?:\s+WHERE [^()]*(?:\([^()]*\))?)?\s+(?:ORDER BY [\w ]+? )?LIMIT \d+"
)
OF_PAYLOAD = {"payload", "attempt_body"}
INDEXES = {
    "v_dead_letter_matrix": "dead_letter_open",
    "v_dead_letter_ageing": "dead_letter_open",
    "v_blocked_keys": "sync_queue_blocking",
    "v_stuck": "sync_attempt_open",
    "v_replay_jobs": "operator_request_jobs",
    "v_operator_actions": "audit_trail_not_of_attempts",
    "v_queue_age": "sync_queue_order_of_key",
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("plans") / "plans.sqlite"
    with closing(SqliteDatabase(path, ManualClock())) as db:
        upgrade(db, ManualClock())
    with closing(sqlite3.connect(path)) as made:
        yield made


def plan(connection: sqlite3.Connection, view: str) -> list[str]:
    needs = catalog()[view].needs
    asked = f"SELECT * FROM {view}" + (f" WHERE {needs} = 'x'" if needs else "")
    return [str(row[3]) for row in connection.execute("EXPLAIN QUERY PLAN " + asked)]


def walked(connection: sqlite3.Connection, view: str, sql: str) -> Counter[str]:
    """Tables that are scanned more often than there are bounded subqueries of them."""
    steps = (step.split() for step in plan(connection, view))
    scans = Counter(words[1] for words in steps if words[0] == "SCAN" and words[1] in GROWS)
    return scans - Counter(BOUNDED.findall(sql))


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_walks_a_table_that_grows(connection: sqlite3.Connection, view: str) -> None:
    assert walked(connection, view, view_sql(view, "sqlite")) == Counter()


def test_a_view_without_its_bound_would_be_found(connection: sqlite3.Connection) -> None:
    sql = view_sql("v_error_rate", "sqlite").replace(" LIMIT 20000", "")
    assert walked(connection, "v_error_rate", sql) == Counter({"sync_attempt": 1})


@pytest.mark.parametrize("view", INDEXES)
def test_views_use_the_indexes_that_were_made_for_them(
    connection: sqlite3.Connection, view: str
) -> None:
    assert f"INDEX {INDEXES[view]}" in " ".join(plan(connection, view))


def test_the_timeline_of_one_event_seeks(connection: sqlite3.Connection) -> None:
    assert sum(step.startswith("SEARCH") for step in plan(connection, "v_event_timeline")) >= 8


def test_both_dialects_bound_a_view_alike() -> None:
    for view in VIEWS:
        ours = sorted(re.findall(r"LIMIT (\d+)", view_sql(view, "sqlite")))
        theirs = sorted(re.findall(r"TOP \((\d+)\)", view_sql(view, "mssql")))
        assert [n for n in ours if n != "1"] == [n for n in theirs if n != "1"], view


@pytest.mark.parametrize("dialect", ["sqlite", "mssql"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_shows_a_payload(view: str, dialect: str) -> None:
    code = re.sub(r"--[^\n]*|'[^']*'", "", view_sql(view, dialect))
    tables = set(re.findall(r"\b(?:FROM|JOIN) (?:tidegate\.)?(\w+)", code))
    assert view == "v_table_health" or not tables & OF_PAYLOAD
    assert not re.search(r"\b\w\.(body|answer|request|old|new|headers|data)\b", code)


def test_every_view_and_every_column_is_told_in_words() -> None:
    for view in catalog().values():
        assert view.about.endswith(".")
        assert all(column.says for column in view.columns), view.name
        assert {each.split()[0] for each in view.order.split(",")} <= {
            column.name for column in view.columns
        }
