"""The hot statements seek: none of them walks a table that grows, on SQLite's own word."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sql.named import Part, parts
from sql.sqlite import _prepare
from sql.tables import metadata
from tidegate.clock import ManualClock
from tidegate.testing import migrated

STATEMENTS = Path(str(files("sql"))) / "statements"
NAMES = sorted(
    str(path.relative_to(STATEMENTS)).removesuffix(".sqlite.sql")
    for path in STATEMENTS.rglob("*.sqlite.sql")
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
    "jobs/staged": {"dead_letter_of_request", "dead_letter_unknown"},
    "requests/letter": {"dead_letter_unknown"},
    "queue/unanswered": {"sync_attempt_unanswered"},
    "jobs/told": {"dead_letter_of_event"},
    "outbox/claim": {"dispatch_claim", "dispatch_due", "dispatch_live_of_key"},
    "alerts/numbers": {"dead_letter_classes", "sync_queue_claim"},
}
SMALL = {
    "alert",
    "api_key",
    "config_version",
    "counter",
    "install",
    "leader",
    "pause",
    "process",
    "schema_version",
    "subscription",
}
"""Tables of tens of rows, or of as many as retention leaves of what people did."""
GROWS = {table.name for table in metadata.tables.values()} - SMALL
WALKS: dict[str, tuple[set[str], str]] = {
    "events/stats": (
        {"sync_queue", "outbox", "dispatch"},
        "counts what waits, for people; these tables hold nothing that is done",
    ),
    "install/adopt": (
        {"sync_queue", "operator_request"},
        "a person says so once, while nobody leads",
    ),
    "install/recover": (
        {"sync_queue", "operator_request"},
        "a person says so once, and every live event is marked",
    ),
    "prune/plan": (
        {"inbox", "audit_trail", "dispatch_attempt", "operator_request"},
        "a person asks what would go; nothing is locked",
    ),
}
"""What a statement may read to its end, and why. None of them runs with every batch."""
OF_ONE_STATE = {
    "dead_letter_classes",
    "dead_letter_group",
    "dispatch_attempt_open",
    "dispatch_claim",
    "dispatch_live_of_key",
    "dispatch_one_running_of_key",
    "operator_request_unfinished",
    "sync_attempt_open",
    "sync_queue_blocking",
    "sync_queue_due",
    "sync_queue_one_running_of_key",
}
"""Partial indexes that hold but what is open, ready or due; they may be read in their own order."""

# The first so many of a table, or of an index of it, by the order of its key: no filter before the
# limit, else the table is read until enough rows fit.
BOUNDED = re.compile(
    r"\bFROM (\w+)(?: \w+)?"
    r"(?:\s+WHERE event_uuid IS NULL AND verb IN \([^)]*\))?"  # operator_request_jobs
    r"\s+ORDER BY (?:id|seq)(?: DESC)?\s+LIMIT\b"
)
ANY = re.compile(r"\bEXISTS \(SELECT 1 FROM (\w+)\)")


class Anything(dict[str, Any]):
    """A value for every parameter."""

    def __missing__(self, key: str) -> Any:
        return 1


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    clock = ManualClock()
    path = tmp_path_factory.mktemp("plans") / "plans.sqlite"
    migrated(path, clock).close()
    # A plan that was asked for before an index went would be told again.
    with closing(sqlite3.connect(path, cached_statements=0)) as made:
        _prepare(made, None)
        yield made


@pytest.fixture
def connection(schema: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """The schema; what a test does to it is undone."""
    schema.execute("BEGIN")
    yield schema
    schema.execute("ROLLBACK")


def plan(connection: sqlite3.Connection, part: Part) -> list[str]:
    found = connection.execute("EXPLAIN QUERY PLAN " + part.sql, Anything())
    return [str(row[3]) for row in found.fetchall()]


def aliases_of(sql: str) -> dict[str, str]:
    words = re.sub("[,()]", " ", sql).split()
    found = {alias: table for table, alias in pairwise(words) if table in GROWS}
    # What stands behind a bracket names a subquery; its own tables are told by their own steps.
    return {alias: found[alias] for alias in found if not re.search(rf"\)\s+{alias}\b", sql)}


def is_bounded_count(sql: str, table: str) -> bool:
    """The backlog of commands is counted no further than what it is asked to be compared with."""
    return table == "sync_queue" and "LIMIT CASE WHEN :backlog > 0 THEN :backlog + 1" in sql


def walked(connection: sqlite3.Connection, part: Part) -> list[str]:
    """Tables that are read to an end which nobody set, once for each time."""
    aliases, found = aliases_of(part.sql), Counter[str]()
    for step in plan(connection, part):
        words = step.split()
        table = aliases.get(words[1], words[1]) if len(words) > 1 else ""
        if words[0] == "SCAN" and table in GROWS and words[-1] not in OF_ONE_STATE:
            found[table] += not is_bounded_count(part.sql, table)
    bounded = Counter(BOUNDED.findall(part.sql)) + Counter(ANY.findall(part.sql))
    return sorted((found - bounded).elements())


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_walks_a_table(connection: sqlite3.Connection, name: str) -> None:
    found = {part.sql: walked(connection, part) for part in parts(name)}
    allowed, _ = WALKS.get(name, (set(), ""))
    assert {sql: tables for sql, tables in found.items() if set(tables) - allowed} == {}


@pytest.mark.parametrize("name", WALKS)
def test_what_is_said_to_walk_does(connection: sqlite3.Connection, name: str) -> None:
    found = {table for part in parts(name) for table in walked(connection, part)}
    assert found == WALKS[name][0], "take the rest out of WALKS"


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT COUNT(*) FROM inbox", ["inbox"]),
        ("SELECT * FROM inbox WHERE state = 'dead' ORDER BY id LIMIT 1", ["inbox"]),
        ("SELECT * FROM delivery d JOIN inbox i ON i.uuid = d.event_uuid", ["delivery"]),
        (
            "SELECT * FROM (SELECT id, state FROM inbox ORDER BY id LIMIT 9) i WHERE i.state = ''",
            [],
        ),
        ("SELECT * FROM inbox WHERE id = 1", []),
    ],
)
def test_a_statement_that_walks_would_be_found(
    connection: sqlite3.Connection, sql: str, tables: list[str]
) -> None:
    assert walked(connection, Part("rows", "x", False, sql)) == tables


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
