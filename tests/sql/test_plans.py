"""The hot statements seek: none of them walks a table that grows, on SQLite's own word."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sql.migrate import upgrade
from sql.named import Part, parts
from sql.sqlite import SqliteDatabase, _prepare
from sql.tables import metadata
from tidegate.clock import ManualClock

HOT = (
    "queue/claim",
    "queue/claim_unknown",
    "queue/settle",
    "queue/reopen",
    "queue/adopt",
    "queue/expire",
    "queue/expiring",
    "queue/poll",
    "seal/uncovered",
    "pauses/park",
    "ingest/look",
    "ingest/accept",
    "outbox/claim",
    "events/answers",
    "requests/letter",
    "requests/find_key",
    "jobs/get",
    "jobs/staged",
    "jobs/told",
)
INDEXES = {
    "queue/claim": {"sync_queue_claim", "sync_queue_due", "sync_queue_order_of_key"},
    "queue/claim_unknown": {"sync_queue_due"},
    "queue/settle": {"sync_queue_order_of_key", "sync_attempt_of_event"},
    "queue/adopt": {"sync_queue_one_running_of_key", "sync_attempt_open"},
    "queue/expire": {"sync_queue_order_of_key"},
    "queue/expiring": {"sync_queue_deadline"},
    "seal/uncovered": {"audit_trail_not_of_attempts"},
    "queue/poll": {
        "sync_queue_claim",
        "sync_queue_due",
        "sync_queue_deadline",
        "operator_request_unfinished",
    },
    "pauses/park": {"sync_queue_claim", "sync_queue_due", "sync_queue_order_of_key"},
    "ingest/look": {
        "entity_head_by_hash",
        "order_key_by_hash",
        "inbox_by_message",
        "inbox_gone_of_head",
        "sync_queue_blocking",
        "dead_letter_of_event",
    },
    "ingest/accept": {
        "entity_head_by_hash",
        "order_key_by_hash",
        "inbox_by_uuid",
        "delivery_by_uuid",
        "operator_request_asked_once",
    },
    "requests/blocked": {"order_key_held", "sync_queue_blocking"},
    "requests/find_key": {"order_key_by_hash", "inbox_by_uuid"},
    "jobs/due": {"operator_request_unfinished"},
    "jobs/list": {"operator_request_jobs"},
    "jobs/staged": {"dead_letter_of_request"},
    "jobs/told": {"dead_letter_of_event"},
    "outbox/claim": {"dispatch_claim", "dispatch_due", "dispatch_live_of_key"},
}
GROWS = {table.name for table in metadata.tables.values()} - {"leader", "schema_version", "pause"}


OF_ONE_STATE = {
    "sync_attempt_open",
    "dispatch_claim",
    "sync_queue_one_running_of_key",
    "operator_request_unfinished",
}
"""Partial indexes that hold but what is open or ready; they are read in their own order."""


class Anything(dict[str, Any]):
    """A value for every parameter."""

    def __missing__(self, key: str) -> Any:
        return 1


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    clock = ManualClock()
    path = tmp_path / "plans.sqlite"
    with closing(SqliteDatabase(path, clock)) as db:
        upgrade(db, clock)
    with closing(sqlite3.connect(path)) as made:
        _prepare(made, None)
        yield made


def plan(connection: sqlite3.Connection, part: Part) -> list[str]:
    found = connection.execute("EXPLAIN QUERY PLAN " + part.sql, Anything())
    return [str(row[3]) for row in found.fetchall()]


def walks(steps: list[str], aliases: dict[str, str]) -> list[str]:
    """Steps that read a whole table; an index of the few rows in one state is no table."""
    return [
        step
        for step in steps
        if step.startswith("SCAN")
        and aliases.get(step.split()[1], step.split()[1]) in GROWS
        and step.split()[-1] not in OF_ONE_STATE
    ]


def aliases_of(sql: str) -> dict[str, str]:
    words = sql.replace(",", " ").replace("(", " ").replace(")", " ").split()
    return {alias: table for table, alias in pairwise(words) if table in GROWS}


def is_first_link_of_the_seal(sql: str, step: str) -> bool:
    """`ORDER BY seq DESC LIMIT 1` reads one row of the primary key, and is called a scan."""
    return step.startswith("SCAN seal") and "FROM seal ORDER BY seq DESC LIMIT 1" in sql


def is_bounded_count(sql: str, step: str) -> bool:
    """The backlog of commands is counted no further than what it is asked to be compared with."""
    return step == "SCAN sync_queue" and "LIMIT CASE WHEN :backlog > 0 THEN :backlog + 1" in sql


def walked(connection: sqlite3.Connection, part: Part) -> list[str]:
    """Steps that read a table which grows, to an end that nobody set."""
    return [
        step
        for step in walks(plan(connection, part), aliases_of(part.sql))
        if not is_first_link_of_the_seal(part.sql, step) and not is_bounded_count(part.sql, step)
    ]


@pytest.mark.parametrize("name", HOT)
def test_no_statement_walks_a_table(connection: sqlite3.Connection, name: str) -> None:
    for part in parts(name):
        assert walked(connection, part) == [], part.sql


@pytest.mark.parametrize("name", INDEXES)
def test_each_statement_uses_the_indexes_that_were_made_for_it(
    connection: sqlite3.Connection, name: str
) -> None:
    steps = " ".join(step for part in parts(name) for step in plan(connection, part))
    assert {index for index in INDEXES[name] if f"INDEX {index} " not in steps + " "} == set()


@pytest.mark.parametrize("index", ["sync_queue_claim", "sync_queue_due", "sync_queue_order_of_key"])
def test_without_its_index_the_claim_would_walk(connection: sqlite3.Connection, index: str) -> None:
    connection.execute(f"DROP INDEX {index}")
    found = [step for part in parts("queue/claim") for step in walked(connection, part)]
    steps = " ".join(step for part in parts("queue/claim") for step in plan(connection, part))
    assert found or f"INDEX {index}" not in steps


@pytest.mark.parametrize(
    "name", ["queue/claim", "queue/claim_unknown", "queue/expire", "queue/poll"]
)
def test_states_are_literals_since_no_partial_index_serves_a_parameter(name: str) -> None:
    assert all("state = :" not in part.sql for part in parts(name) if part.verb != "each")
