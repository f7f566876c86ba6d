"""The record: what was changed, by whom, and the chain that seals it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from sql.columns import code, digest, identity, instant, long_text, only_where, public_id, text
from sql.tables.base import metadata

audit_trail = Table(
    "audit_trail",
    metadata,
    identity(),
    Column("event_id", BigInteger),
    Column("attempt", Integer, comment="number of the attempt that made the change"),
    Column("event_uuid", public_id()),
    Column("at", instant(), nullable=False),
    Column("action", code(40), nullable=False),
    Column("actor", text(200), nullable=False),
    Column("source", code(64), nullable=False),
    Column("entity", code(64), nullable=False),
    Column("entity_text", text(400)),
    Column("old", long_text(), comment="JSON"),
    Column("new", long_text(), comment="JSON"),
    Column("reason", text(2000)),
    Column("trace_id", code(32)),
    Column("config_version", code(64), nullable=False),
    Column("row_hash", code(64), nullable=False, comment="digest of what was changed and why"),
    Column("host", text(200), comment="where an operator sat"),
    Column("fields", text(2000), comment="what changed, as a JSON list"),
    Index("audit_trail_of_event", "event_id", "attempt"),
    Index("audit_trail_not_of_attempts", "attempt", "id", **only_where("attempt IS NULL")),
    sqlite_autoincrement=True,
)

seal = Table(
    "seal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column(
        "kind", code(20), nullable=False, comment="genesis, open, close, crash, request or prune"
    ),
    Column("ids", long_text(), nullable=False, comment="event_id.attempt, or rows of the trail"),
    Column("rows_hash", digest(), nullable=False),
    Column("hash", digest(), nullable=False, comment="of the hash before, rows_hash and this"),
    Column("at", instant(), nullable=False),
)
