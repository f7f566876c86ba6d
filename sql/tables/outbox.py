"""What the rest of the world is told: outbox, subscriptions, dispatches."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from sql.columns import (
    code,
    digest,
    identity,
    instant,
    long_text,
    only_where,
    public_id,
    small,
    text,
)
from sql.tables.base import metadata

outbox = Table(
    "outbox",
    metadata,
    identity(),
    Column("event_uuid", public_id(), nullable=False),
    Column("type", code(100), nullable=False),
    Column("subject", text(400), nullable=False),
    Column("key_hash", digest(), nullable=False, comment="what keeps its order"),
    Column("data", long_text(), nullable=False, comment="JSON"),
    Column("at", instant(), nullable=False),
    Column("trace", code(55)),
    sqlite_autoincrement=True,
)

subscription = Table(
    "subscription",
    metadata,
    identity(),
    Column("name", code(64), nullable=False),
    Column("url", text(2000), nullable=False),
    Column("types", long_text(), comment="JSON list; null: all"),
    Column("enabled", small(), nullable=False),
    Column("reason", text(400), comment="why it was disabled"),
    Column("changed_at", instant(), nullable=False),
    Index("subscription_by_name", "name", unique=True),
    sqlite_autoincrement=True,
)

dispatch_key = Table(
    "dispatch_key",
    metadata,
    identity(),
    Column("subscription_id", BigInteger, nullable=False),
    Column("key_hash", digest(), nullable=False),
    Column("next_no", BigInteger, nullable=False, comment="the running number of its next message"),
    Index("dispatch_key_by_hash", "subscription_id", "key_hash", unique=True),
    sqlite_autoincrement=True,
)

dispatch = Table(
    "dispatch",
    metadata,
    identity(),
    Column("subscription_id", BigInteger, nullable=False),
    Column("dkey_id", BigInteger, nullable=False),
    Column("no", BigInteger, nullable=False),
    Column("message_id", code(64), nullable=False, comment="webhook-id, the same at every try"),
    Column("event_uuid", public_id(), nullable=False),
    Column("type", code(100), nullable=False),
    Column("subject", text(400), nullable=False),
    Column("data", long_text(), nullable=False),
    Column("at", instant(), nullable=False),
    Column("trace", code(55)),
    Column(
        "state",
        small(),
        nullable=False,
        comment="0 ready, 1 waiting, 2 running, 3 scheduled, 5 dead",
    ),
    Column("due_at", instant()),
    Column("epoch", BigInteger),
    Column("token", code(32)),
    Column("attempts", Integer, nullable=False),
    Column("first_at", instant()),
    Index("dispatch_order_of_key", "dkey_id", "no", unique=True),
    Index("dispatch_one_running_of_key", "dkey_id", unique=True, **only_where("state = 2")),
    Index("dispatch_live_of_key", "dkey_id", "no", **only_where("state IN (0, 1, 2, 3)")),
    Index("dispatch_claim", "id", **only_where("state = 0")),
    Index("dispatch_due", "due_at", **only_where("state = 3")),
    sqlite_autoincrement=True,
)

dispatch_attempt = Table(
    "dispatch_attempt",
    metadata,
    identity(),
    Column("dispatch_id", BigInteger, nullable=False),
    Column("event_uuid", public_id(), nullable=False),
    Column("subscription_id", BigInteger, nullable=False),
    Column("message_id", code(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("opened_at", instant(), nullable=False),
    Column("closed_at", instant()),
    Column("outcome", code(20)),
    Column("status", Integer),
    Column("message", text(2000)),
    Column("duration_ms", Integer),
    Index("dispatch_attempt_of_dispatch", "dispatch_id", "number", unique=True),
    Index("dispatch_attempt_of_event", "event_uuid"),
    Index("dispatch_attempt_open", "dispatch_id", "number", **only_where("closed_at IS NULL")),
    sqlite_autoincrement=True,
)
