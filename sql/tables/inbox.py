"""What came in: deliveries, events, their bodies, and the newest state of every entity."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table
from sqlalchemy import text as sql_text

from sql.columns import blob, code, digest, identity, instant, long_text, public_id, small, text
from sql.tables.base import metadata

delivery = Table(
    "delivery",
    metadata,
    identity(),
    Column("uuid", public_id(), nullable=False),
    Column("received_at", instant(), nullable=False),
    Column("source", code(64), nullable=False),
    Column("entity", code(64), nullable=False),
    Column("entity_text", text(400), comment="the id in the source, for people"),
    Column("channel", code(20), nullable=False, comment="envelope, shape, command or pull"),
    Column("verdict", code(12), nullable=False),
    Column("rule", code(40), nullable=False, comment="which rule of the verdict decided"),
    Column("rule_version", Integer, nullable=False),
    Column("reason", text(400), nullable=False),
    Column("content_hash", digest()),
    Column("stamp", code(40)),
    Column("event_uuid", public_id(), comment="the event written, or the one matched"),
    Column("message_id", text(400)),
    Column("remote", text(100)),
    Column("user_agent", text(400)),
    Column("headers", long_text(), comment="an allow-list of them, as JSON"),
    Column("config_version", code(64), nullable=False),
    Column("seen", Integer, nullable=False, comment="how many deliveries this row stands for"),
    Column("last_at", instant(), nullable=False),
    Index("delivery_by_uuid", "uuid", unique=True),
    Index("delivery_by_event", "event_uuid"),
    Index("delivery_by_time", "received_at"),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    identity(),
    Column("uuid", public_id(), nullable=False, comment="public id and effect key"),
    Column("accepted_at", instant(), nullable=False),
    Column("source", code(64), nullable=False),
    Column("entity", code(64), nullable=False),
    Column("entity_text", text(400)),
    Column("kind", code(12), nullable=False),
    Column("operation", code(10), nullable=False, comment="create, update or delete"),
    Column("channel", code(20), nullable=False),
    Column("verdict", code(12), nullable=False),
    Column("head_id", BigInteger, comment="its entity_head; none for commands"),
    Column("key_id", BigInteger),
    Column("seq", BigInteger, comment="its place among the events of its key"),
    Column("message_key", digest(), comment="digest of the sender's id, or idempotency key"),
    Column("message_no", Integer, nullable=False, comment="rises when a discarded one returns"),
    Column("message_id", text(400)),
    Column("owner", text(200), comment="whose key a command came with"),
    Column("content_hash", digest(), comment="a command's fingerprint"),
    Column("rule_version", Integer, nullable=False),
    Column("stamp", code(40)),
    Column("late", small(), nullable=False, comment="1: older than its head, and still an effect"),
    Column("state", code(12), nullable=False, comment="live, dead, or one of the ends"),
    Column("ended_at", instant()),
    Column("answer_status", Integer, comment="what a command's caller is answered"),
    Column("trace", code(55), comment="W3C traceparent"),
    Column("config_version", code(64), nullable=False),
    Column("ended_by", public_id(), comment="the event that superseded it"),
    Column("edited_from", public_id(), comment="the event that an operator edited into this"),
    Index("inbox_by_uuid", "uuid", unique=True),
    Index(
        "inbox_by_message",
        "message_key",
        "message_no",
        unique=True,
        mssql_where=sql_text("message_key IS NOT NULL"),
        sqlite_where=sql_text("message_key IS NOT NULL"),
    ),
    Index(
        "inbox_gone_of_head",
        "head_id",
        mssql_where=sql_text("state IN ('dead', 'discarded')"),
        sqlite_where=sql_text("state IN ('dead', 'discarded')"),
    ),
    sqlite_autoincrement=True,
)

payload = Table(
    "payload",
    metadata,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("body", blob(), nullable=False, comment="the bytes as they came"),
    Column("media_type", code(100), nullable=False),
    Column("pointer", text(200), nullable=False, comment="where the record is within the body"),
    Column("answer", blob(), comment="the stored answer of a command"),
    Column("erased_at", instant(), comment="since when the body is gone"),
)

entity_head = Table(
    "entity_head",
    metadata,
    identity(),
    Column("hash", digest(), nullable=False, comment="of source, entity and id"),
    Column("source", code(64), nullable=False),
    Column("entity", code(64), nullable=False),
    Column("entity_text", text(400), nullable=False),
    Column("version", BigInteger, nullable=False, comment="for compare-and-set"),
    Column("stamp", code(40), comment="the newest stamp seen"),
    Column("deleted", small(), nullable=False),
    Column("newest", public_id(), nullable=False, comment="the newest accepted event"),
    Column("recent", long_text(), nullable=False, comment="its last 8 hashes, as JSON"),
    Column("applied_seq", BigInteger, nullable=False),
    Index("entity_head_by_hash", "hash", unique=True),
    sqlite_autoincrement=True,
)

order_key = Table(
    "order_key",
    metadata,
    identity(),
    Column("hash", digest(), nullable=False),
    Column("text", text(400), nullable=False),
    Column("next_seq", BigInteger, nullable=False),
    Column("applied_seq", BigInteger, nullable=False),
    Column("target", code(64), nullable=False, comment="the adapter of its unfinished events"),
    Column("held", small(), nullable=False, comment="1: an operator holds it"),
    Index("order_key_by_hash", "hash", unique=True),
    sqlite_autoincrement=True,
)
