"""Who may do what, who did it, and what they said about it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from sql.columns import code, identity, instant, only_where, public_id, text
from sql.tables.base import metadata

api_key = Table(
    "api_key",
    metadata,
    identity(),
    Column("uuid", public_id(), nullable=False),
    Column("owner", text(200), nullable=False, comment="whom the record names"),
    Column("role", code(12), nullable=False, comment="viewer, operator or admin"),
    Column("prefix", code(16), nullable=False, comment="its first characters, for people"),
    Column("hash", code(64), nullable=False, comment="SHA-256 of the key; the key is kept nowhere"),
    Column("created_at", instant(), nullable=False),
    Column("created_by", text(200), nullable=False),
    Column("expires_at", instant(), comment="null: never"),
    Column("revoked_at", instant()),
    Column("revoked_by", text(200)),
    Column("last_used_at", instant(), comment="to the minute"),
    Index("api_key_by_uuid", "uuid", unique=True),
    Index("api_key_by_hash", "hash", unique=True),
    sqlite_autoincrement=True,
)

access_log = Table(
    "access_log",
    metadata,
    identity(),
    Column("uuid", public_id(), nullable=False, comment="what counts on the row goes by"),
    Column("at", instant(), nullable=False),
    Column("face", code(12), nullable=False, comment="ops, purchasing, status or webhook"),
    Column("method", code(10), nullable=False),
    Column("path", text(400), nullable=False),
    Column("status", Integer, nullable=False),
    Column("owner", text(200), comment="of the key, if it was one of ours"),
    Column("role", code(12)),
    Column("remote", text(100)),
    Column("request_id", text(100)),
    Column("reason", text(400), comment="why it was refused"),
    Column("seen", Integer, nullable=False, comment="how many requests this row stands for"),
    Index("access_log_by_uuid", "uuid", unique=True),
    Index("access_log_by_time", "at"),
    sqlite_autoincrement=True,
)

letter_note = Table(
    "letter_note",
    metadata,
    identity(),
    Column("at", instant(), nullable=False),
    Column("event_uuid", public_id(), comment="the letter's event; null: of a whole group"),
    Column("fingerprint", code(64), nullable=False, comment="the group"),
    Column("kind", code(10), nullable=False, comment="note or owner"),
    Column("text", text(2000), nullable=False, comment="of kind owner: who has it now"),
    Column("actor", text(200), nullable=False),
    Column("host", text(200)),
    Index("letter_note_of_group", "fingerprint", "id"),
    Index("letter_note_of_event", "event_uuid", **only_where("event_uuid IS NOT NULL")),
    sqlite_autoincrement=True,
)

alert = Table(
    "alert",
    metadata,
    identity(),
    Column("code", code(64), nullable=False, comment="a heading of the runbook"),
    Column("subject", text(200), nullable=False, comment="what it is about, e.g. an adapter"),
    Column("severity", code(10), nullable=False, comment="info, warning or critical"),
    Column("text", text(1000), nullable=False),
    Column("since", instant(), nullable=False),
    Column("last_at", instant(), nullable=False, comment="when it was last seen to be so"),
    Column("cleared_at", instant()),
    Column("acknowledged_at", instant()),
    Column("acknowledged_by", text(200)),
    Column("sent_at", instant(), comment="when somebody was last told"),
    Column("sent_error", text(400), comment="why the last telling failed"),
    Index("alert_live", "code", "subject", unique=True, **only_where("cleared_at IS NULL")),
    sqlite_autoincrement=True,
)
