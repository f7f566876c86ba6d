"""The operator's desk: keys, notes, alerts, who runs and where, and waits for missing links."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer
from sqlalchemy import text as sql_text

from sql.columns import code, digest, identity, instant, long_text, public_id, small, text
from sql.migrations.support import index, schema, table

revision = "0004"
down_revision = "0003"
oldest_reader = 1
"""The oldest program, by its schema number, that may run on what this leaves."""


def upgrade() -> None:
    _columns()
    _api_key()
    _access_log()
    _letter_note()
    _alert()
    _install()
    _process()
    _kept()


def _columns() -> None:
    added = {
        "leader": (Column("locked", small(), nullable=False, server_default=sql_text("1")),),
        "sync_queue": (Column("needs_hash", digest()), Column("needs_until", instant())),
        "sync_attempt": (Column("answer_hash", code(64)),),
        "dead_letter": (
            Column("request_id", BigInteger()),
            Column("closed_at", instant()),
            Column("closed_by", text(200)),
        ),
        "inbox": (Column("edited_from", public_id()),),
        "payload": (Column("erased_at", instant()),),
        "audit_trail": (Column("host", text(200)), Column("fields", text(2000))),
        "operator_request": (
            Column("failed", Integer()),
            Column("progress", long_text()),
            Column("wake_at", instant()),
        ),
    }
    for name, columns in added.items():
        for column in columns:
            op.add_column(name, column, schema=schema())
    index("sync_queue_needs", "sync_queue", "needs_hash", only="needs_hash IS NOT NULL")
    index("audit_trail_not_of_attempts", "audit_trail", "attempt", "id", only="attempt IS NULL")
    index("dead_letter_group", "dead_letter", "fingerprint", "id", only="state = 'open'")
    index("dead_letter_of_request", "dead_letter", "request_id", only="request_id IS NOT NULL")
    index("order_key_held", "order_key", "held", only="held = 1")
    index("operator_request_jobs", "operator_request", "id", only="event_uuid IS NULL")
    index(
        "operator_request_of_event",
        "operator_request",
        "event_uuid",
        only="event_uuid IS NOT NULL",
    )


def _api_key() -> None:
    table(
        "api_key",
        identity(),
        Column("uuid", public_id(), nullable=False),
        Column("owner", text(200), nullable=False),
        Column("role", code(12), nullable=False),
        Column("prefix", code(16), nullable=False),
        Column("hash", code(64), nullable=False),
        Column("created_at", instant(), nullable=False),
        Column("created_by", text(200), nullable=False),
        Column("expires_at", instant()),
        Column("revoked_at", instant()),
        Column("revoked_by", text(200)),
        Column("last_used_at", instant()),
    )
    index("api_key_by_uuid", "api_key", "uuid", unique=True)
    index("api_key_by_hash", "api_key", "hash", unique=True)


def _access_log() -> None:
    table(
        "access_log",
        identity(),
        Column("uuid", public_id(), nullable=False),
        Column("at", instant(), nullable=False),
        Column("face", code(12), nullable=False),
        Column("method", code(10), nullable=False),
        Column("path", text(400), nullable=False),
        Column("status", Integer(), nullable=False),
        Column("owner", text(200)),
        Column("role", code(12)),
        Column("remote", text(100)),
        Column("request_id", text(100)),
        Column("reason", text(400)),
        Column("seen", Integer(), nullable=False),
    )
    index("access_log_by_uuid", "access_log", "uuid", unique=True)
    index("access_log_by_time", "access_log", "at")


def _letter_note() -> None:
    table(
        "letter_note",
        identity(),
        Column("at", instant(), nullable=False),
        Column("event_uuid", public_id()),
        Column("fingerprint", code(64), nullable=False),
        Column("kind", code(10), nullable=False),
        Column("text", text(2000), nullable=False),
        Column("actor", text(200), nullable=False),
        Column("host", text(200)),
    )
    index("letter_note_of_group", "letter_note", "fingerprint", "id")
    index("letter_note_of_event", "letter_note", "event_uuid", only="event_uuid IS NOT NULL")


def _alert() -> None:
    table(
        "alert",
        identity(),
        Column("code", code(64), nullable=False),
        Column("subject", text(200), nullable=False),
        Column("severity", code(10), nullable=False),
        Column("text", text(1000), nullable=False),
        Column("since", instant(), nullable=False),
        Column("last_at", instant(), nullable=False),
        Column("cleared_at", instant()),
        Column("acknowledged_at", instant()),
        Column("acknowledged_by", text(200)),
        Column("sent_at", instant()),
        Column("sent_error", text(400)),
    )
    index("alert_live", "alert", "code", "subject", unique=True, only="cleared_at IS NULL")


def _install() -> None:
    table(
        "install",
        Column("id", Integer(), primary_key=True, autoincrement=False),
        Column("uuid", public_id(), nullable=False),
        Column("server", text(400), nullable=False),
        Column("database_name", text(400), nullable=False),
        Column("environment", code(40), nullable=False),
        Column("since", instant(), nullable=False),
        Column("adopted_as", code(10)),
        Column("adopted_by", text(200)),
        Column("last_good", instant()),
    )


def _process() -> None:
    table(
        "process",
        identity(),
        Column("uuid", public_id(), nullable=False),
        Column("role", code(20), nullable=False),
        Column("host", text(200), nullable=False),
        Column("pid", Integer(), nullable=False),
        Column("version", code(20), nullable=False),
        Column("config_version", code(64), nullable=False),
        Column("started_at", instant(), nullable=False),
        Column("seen_at", instant(), nullable=False),
        Column("ended_at", instant()),
    )
    index("process_by_uuid", "process", "uuid", unique=True)


def _kept() -> None:
    table(
        "config_version",
        Column("version", code(64), primary_key=True),
        Column("at", instant(), nullable=False),
        Column("text", long_text(), nullable=False),
    )
    table(
        "counter",
        Column("name", code(64), primary_key=True),
        Column("value", BigInteger(), nullable=False),
    )
