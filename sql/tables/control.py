"""What people and breakers ask of the house: pauses, and requests that the leader carries out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from sql.columns import code, identity, instant, long_text, only_where, public_id, text
from sql.tables.base import metadata

pause = Table(
    "pause",
    metadata,
    identity(),
    Column("target", code(64), comment="an adapter; null: every one"),
    Column("entity", code(64), comment="null: every one"),
    Column("kind", code(20), nullable=False, comment="operator, breaker, auth or copy"),
    Column("reason", text(400), nullable=False),
    Column("actor", text(200), nullable=False),
    Column("since", instant(), nullable=False),
    Column("until_at", instant(), comment="null: until somebody ends it"),
    Column("probe_at", instant(), comment="when the far side is tried next"),
    sqlite_autoincrement=True,
)

operator_request = Table(
    "operator_request",
    metadata,
    identity(),
    Column("uuid", public_id(), nullable=False),
    Column("at", instant(), nullable=False),
    Column("verb", code(20), nullable=False),
    Column("filter", long_text(), nullable=False, comment="JSON: which events"),
    Column("event_uuid", public_id(), comment="where it is about one event"),
    Column("reason", text(2000), nullable=False),
    Column("actor", text(200), nullable=False),
    Column("host", text(200)),
    Column("source", code(20), nullable=False, comment="cli, http, sql, console or ingest"),
    Column("rate_per_s", Integer, comment="null: as fast as it goes"),
    Column("ramp", text(100), comment="letters in each stage, parted by commas"),
    Column("stop_at_percent", Integer, comment="share of failures that ends it"),
    Column(
        "state",
        code(12),
        nullable=False,
        comment="open, running, paused, done, cancelled or failed",
    ),
    Column("cursor_id", BigInteger, comment="the last row that it came to"),
    Column("matched", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("result", long_text(), comment="JSON: what was skipped, and why"),
    Column("started_at", instant()),
    Column("ended_at", instant()),
    Column("failed", Integer, comment="replayed, and dead again"),
    Column("progress", long_text(), comment="JSON: a job's own state"),
    Column("wake_at", instant(), comment="nothing is due before"),
    Index("operator_request_by_uuid", "uuid", unique=True),
    Index(
        "operator_request_asked_once",
        "event_uuid",
        unique=True,
        **only_where("state = 'open' AND source = 'ingest'"),
    ),
    Index("operator_request_of_event", "event_uuid", **only_where("event_uuid IS NOT NULL")),
    Index("operator_request_jobs", "id", **only_where("event_uuid IS NULL")),
    Index("operator_request_unfinished", "id", **only_where("state IN ('open', 'running')")),
    sqlite_autoincrement=True,
)
