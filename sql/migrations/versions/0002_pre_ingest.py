"""Deadlines of commands, pauses, operators' requests, and deliveries by time."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from sql.columns import code, identity, instant, long_text, public_id, text
from sql.migrations.support import index, schema, table

revision = "0002"
down_revision = "0001"
oldest_reader = 1
"""The oldest program, by its schema number, that may run on what this leaves."""


def upgrade() -> None:
    _queue()
    _pause()
    _operator_request()
    index("delivery_by_time", "delivery", "received_at")


def _queue() -> None:
    op.add_column("sync_queue", Column("deadline_at", instant()), schema=schema())
    index("sync_queue_deadline", "sync_queue", "deadline_at", only="deadline_at IS NOT NULL")
    index("sync_queue_blocking", "sync_queue", "key_id", "seq", only="state IN (4, 5)")
    op.drop_index("sync_queue_due", "sync_queue", schema=schema())
    due = ("due_at", "state", "alone", "target")
    index("sync_queue_due", "sync_queue", *due, only="state IN (3, 4)")


def _pause() -> None:
    table(
        "pause",
        identity(),
        Column("target", code(64)),
        Column("entity", code(64)),
        Column("kind", code(20), nullable=False),
        Column("reason", text(400), nullable=False),
        Column("actor", text(200), nullable=False),
        Column("since", instant(), nullable=False),
        Column("until_at", instant()),
        Column("probe_at", instant()),
    )


def _operator_request() -> None:
    table(
        "operator_request",
        identity(),
        Column("uuid", public_id(), nullable=False),
        Column("at", instant(), nullable=False),
        Column("verb", code(20), nullable=False),
        Column("filter", long_text(), nullable=False),
        Column("event_uuid", public_id()),
        Column("reason", text(2000), nullable=False),
        Column("actor", text(200), nullable=False),
        Column("host", text(200)),
        Column("source", code(20), nullable=False),
        Column("rate_per_s", Integer()),
        Column("ramp", text(100)),
        Column("stop_at_percent", Integer()),
        Column("state", code(12), nullable=False),
        Column("cursor_id", BigInteger()),
        Column("matched", Integer(), nullable=False),
        Column("changed", Integer(), nullable=False),
        Column("skipped", Integer(), nullable=False),
        Column("result", long_text()),
        Column("started_at", instant()),
        Column("ended_at", instant()),
    )
    index("operator_request_by_uuid", "operator_request", "uuid", unique=True)
    index(
        "operator_request_asked_once",
        "operator_request",
        "event_uuid",
        unique=True,
        only="state = 'open' AND source = 'ingest'",
    )
    unfinished = "state IN ('open', 'running')"
    index("operator_request_unfinished", "operator_request", "id", only=unfinished)
