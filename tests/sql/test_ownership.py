"""Who inserts, updates and deletes which table: the statements say what the design's table says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sql

STATEMENTS = Path(sql.__file__).parent / "statements"
VERB = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE(?:\s+INTO)?|REPLACE\s+INTO)\s+"
    r"(?:TOP\s*\([^)]*\)\s+)?([@#\w.]+)",
    re.IGNORECASE,
)
ALIAS = re.compile(r"\bFROM\s+(?:tidegate\.)?(\w+)\s+(?:AS\s+)?(\w+)", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*")
TEXT = re.compile(r"'[^']*'")

INSERTS = {
    "seal": {"seal", "counter"},
    "install": {"install", "pause", "audit_trail", "counter"},
    "process": {"process", "config_version"},
    "ingest": {
        "delivery", "inbox", "payload", "entity_head", "order_key", "sync_queue", "dead_letter",
        "operator_request",
    },
    "queue": {
        "sync_attempt", "attempt_body", "dead_letter", "audit_trail", "outbox", "seal",
        "entity_link",
    },
    "requests": {
        "sync_queue", "audit_trail", "outbox", "seal", "operator_request", "inbox", "payload",
    },
    "outbox": {"dispatch", "dispatch_key", "dispatch_attempt", "subscription"},
    "pauses": {"pause", "audit_trail"},
    "prune": {"counter"},
    "erase": {"inbox", "payload", "delivery", "audit_trail"},
    "ops": {"pause", "audit_trail"},
    "notes": {"letter_note", "audit_trail"},
    "alerts": {"alert", "audit_trail"},
    "keys": {"api_key", "audit_trail"},
    "access": {"access_log"},
}  # fmt: skip
CHANGES = {
    "seal": {"leader", "counter"},
    # Whoever adopts or recovers raises every epoch first, and so is the leader for one transaction.
    "install": {
        "leader", "install", "subscription", "sync_queue", "dead_letter", "operator_request",
        "counter",
    },
    "process": {"process"},
    "alerts": {"leader", "alert"},
    "keys": {"api_key"},
    "access": {"access_log"},
    "ingest": {"delivery", "entity_head", "order_key"},
    "queue": {
        "leader", "sync_queue", "sync_attempt", "inbox", "payload", "order_key", "entity_head",
        "entity_link",
    },
    "requests": {
        "leader", "sync_queue", "inbox", "order_key", "entity_head", "dead_letter",
        "operator_request",
    },
    "outbox": {"leader", "outbox", "dispatch", "dispatch_key", "dispatch_attempt", "subscription"},
    "leader": {"leader"},
    "pauses": {"leader", "pause", "sync_queue"},
    "prune": {
        "leader", "counter", "inbox", "payload", "delivery", "sync_attempt", "attempt_body",
        "dead_letter", "letter_note", "audit_trail", "access_log", "operator_request", "alert",
        "process",
    },
    "erase": {
        "leader", "counter", "operator_request", "inbox", "payload", "delivery", "sync_attempt",
        "attempt_body", "dead_letter", "letter_note", "audit_trail",
    },
    "ops": {"pause", "subscription"},
}  # fmt: skip
LEADERS_COLUMNS = {"entity_head": {"applied_seq"}, "order_key": {"applied_seq", "target", "held"}}
ANYBODYS = ("requests/ask",)
"""Of a leader's folder, but not the leader's: what anybody may insert."""
FILES = sorted(STATEMENTS.rglob("*.sql"))


def leaders(pattern: str) -> list[Path]:
    found = sorted(STATEMENTS.glob(pattern))
    return [each for each in found if not str(each.relative_to(STATEMENTS)).startswith(ANYBODYS)]


def verbs(text: str) -> set[tuple[str, str]]:
    """`insert` or `change`, with the table."""
    bare = TEXT.sub("''", COMMENT.sub("", text))
    aliases = {alias: table for table, alias in ALIAS.findall(bare)}
    found = set()
    for verb, name in VERB.findall(bare):
        table = aliases.get(name, name).removeprefix("tidegate.")
        # An upsert's SET follows no name: its table is that of the INSERT.
        if not table.startswith(("temp.", "@", "#", "SET")):
            inserts = verb.upper().startswith(("INSERT", "REPLACE"))
            found.add(("insert" if inserts else "change", table))
    return found


def forbidden(folder: str, text: str) -> set[tuple[str, str]]:
    allowed = {("insert", table) for table in INSERTS.get(folder, set())}
    allowed |= {("change", table) for table in CHANGES.get(folder, set())}
    return verbs(text) - allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_statement_writes_only_what_its_role_owns(path: Path) -> None:
    assert forbidden(path.parent.name, path.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    ("folder", "statement"),
    [
        ("ingest", "UPDATE sync_queue SET state = 0"),
        ("ingest", "UPDATE inbox SET state = 'dead'"),
        ("ingest", "UPDATE operator_request SET state = 'done'"),
        ("ingest", "INSERT INTO pause (id) VALUES (1)"),
        ("queue", "UPDATE delivery SET seen = 2"),
        ("queue", "INSERT INTO sync_queue (id) VALUES (1)"),
        ("queue", "UPDATE outbox SET at = 1"),
        ("queue", "DELETE FROM tidegate.audit_trail"),
        ("queue", "UPDATE t SET at = 1 FROM tidegate.seal t"),
        ("outbox", "UPDATE sync_queue SET state = 0"),
        ("requests", "UPDATE audit_trail SET reason = 'x'"),
        ("requests", "DELETE FROM tidegate.seal"),
        ("letters", "UPDATE dead_letter SET state = 'open'"),
        ("ops", "UPDATE sync_queue SET state = 3"),
        ("events", "UPDATE inbox SET state = 'dead'"),
    ],
)
def test_a_statement_that_writes_what_another_owns_is_found(folder: str, statement: str) -> None:
    assert forbidden(folder, statement)


@pytest.mark.parametrize(
    "path", leaders("queue/*.sql") + leaders("requests/*.sql"), ids=lambda p: p.name
)
def test_the_leader_touches_its_own_columns_of_heads_and_keys_alone(path: Path) -> None:
    text = COMMENT.sub("", path.read_text("utf-8"))
    for table, columns in LEADERS_COLUMNS.items():
        pattern = rf"UPDATE\s+(?:tidegate\.)?{table}\s+SET\s+(.*?)\bWHERE\b"
        for assignments in re.findall(pattern, text, re.IGNORECASE | re.DOTALL):
            assert set(re.findall(r"(\w+)\s*=", assignments)) <= columns


@pytest.mark.parametrize("path", sorted(STATEMENTS.glob("ingest/*.sql")), ids=lambda p: p.name)
def test_ingest_leaves_the_leader_s_columns_alone_once_they_are_born(path: Path) -> None:
    text = COMMENT.sub("", path.read_text("utf-8"))
    for assignments in re.findall(r"\bSET\s+(.*?)\b(?:WHERE|FROM)\b", text, re.DOTALL):
        changed = set(re.findall(r"(\w+)\s*=", assignments))
        assert not changed & {"applied_seq", "target", "held"}


@pytest.mark.parametrize("folder", ["queue", "requests", "pauses", "outbox", "seal"])
def test_every_writing_script_of_a_leader_is_fenced(folder: str) -> None:
    for path in leaders(f"{folder}/*.sqlite.sql"):
        text = path.read_text("utf-8")
        if verbs(text):
            assert text.index("-- :fence") < text.index("UPDATE leader"), path.name


@pytest.mark.parametrize("folder", ["queue", "requests", "pauses", "outbox", "seal"])
def test_on_sql_server_the_fence_is_the_first_write_of_a_leader_s_transaction(folder: str) -> None:
    for path in leaders(f"{folder}/*.mssql.sql"):
        bare = COMMENT.sub("", path.read_text("utf-8"))
        writes = [table for _, table in VERB.findall(bare) if table.startswith("tidegate.")]
        if writes:
            begins = bare.index("BEGIN TRAN")
            assert writes[0] == "tidegate.leader", path.name
            assert begins < bare.index("UPDATE tidegate.leader") < bare.index("COMMIT"), path.name
