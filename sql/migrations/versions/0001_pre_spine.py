"""The spine's tables, and the rows that everything else starts from."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer
from sqlalchemy import column as c

from sql.columns import blob, code, digest, identity, instant, long_text, public_id, small, text
from sql.migrations.support import index, now, rows_of, table
from tidegate import __version__

revision = "0001"
down_revision = None
oldest_reader = 1
"""The oldest program, by its schema number, that may run on what this leaves."""


def upgrade() -> None:
    _delivery()
    _inbox()
    _payload()
    _entity_head()
    _order_key()
    _sync_queue()
    _sync_attempt()
    _attempt_body()
    _dead_letter()
    _audit_trail()
    _seal()
    _outbox()
    _subscription()
    _dispatch_key()
    _dispatch()
    _dispatch_attempt()
    _leader()
    _schema_version()
    _genesis()


def _delivery() -> None:
    table(
        "delivery",
        identity(),
        Column("uuid", public_id(), nullable=False),
        Column("received_at", instant(), nullable=False),
        Column("source", code(64), nullable=False),
        Column("entity", code(64), nullable=False),
        Column("entity_text", text(400)),
        Column("channel", code(20), nullable=False),
        Column("verdict", code(12), nullable=False),
        Column("rule", code(40), nullable=False),
        Column("rule_version", Integer(), nullable=False),
        Column("reason", text(400), nullable=False),
        Column("content_hash", digest()),
        Column("stamp", code(40)),
        Column("event_uuid", public_id()),
        Column("message_id", text(400)),
        Column("remote", text(100)),
        Column("user_agent", text(400)),
        Column("headers", long_text()),
        Column("config_version", code(64), nullable=False),
        Column("seen", Integer(), nullable=False),
        Column("last_at", instant(), nullable=False),
    )
    index("delivery_by_event", "delivery", "event_uuid")
    index("delivery_by_uuid", "delivery", "uuid", unique=True)


def _inbox() -> None:
    table(
        "inbox",
        identity(),
        Column("uuid", public_id(), nullable=False),
        Column("accepted_at", instant(), nullable=False),
        Column("source", code(64), nullable=False),
        Column("entity", code(64), nullable=False),
        Column("entity_text", text(400)),
        Column("kind", code(12), nullable=False),
        Column("operation", code(10), nullable=False),
        Column("channel", code(20), nullable=False),
        Column("verdict", code(12), nullable=False),
        Column("head_id", BigInteger()),
        Column("key_id", BigInteger()),
        Column("seq", BigInteger()),
        Column("message_key", digest()),
        Column("message_no", Integer(), nullable=False),
        Column("message_id", text(400)),
        Column("owner", text(200)),
        Column("content_hash", digest()),
        Column("rule_version", Integer(), nullable=False),
        Column("stamp", code(40)),
        Column("late", small(), nullable=False),
        Column("state", code(12), nullable=False),
        Column("ended_at", instant()),
        Column("answer_status", Integer()),
        Column("trace", code(55)),
        Column("config_version", code(64), nullable=False),
    )
    index(
        "inbox_by_message",
        "inbox",
        "message_key",
        "message_no",
        unique=True,
        only="message_key IS NOT NULL",
    )
    index("inbox_by_uuid", "inbox", "uuid", unique=True)
    index("inbox_gone_of_head", "inbox", "head_id", only="state IN ('dead', 'discarded')")


def _payload() -> None:
    table(
        "payload",
        Column("event_id", BigInteger(), primary_key=True, autoincrement=False),
        Column("body", blob(), nullable=False),
        Column("media_type", code(100), nullable=False),
        Column("pointer", text(200), nullable=False),
        Column("answer", blob()),
    )


def _entity_head() -> None:
    table(
        "entity_head",
        identity(),
        Column("hash", digest(), nullable=False),
        Column("source", code(64), nullable=False),
        Column("entity", code(64), nullable=False),
        Column("entity_text", text(400), nullable=False),
        Column("version", BigInteger(), nullable=False),
        Column("stamp", code(40)),
        Column("deleted", small(), nullable=False),
        Column("newest", public_id(), nullable=False),
        Column("recent", long_text(), nullable=False),
        Column("applied_seq", BigInteger(), nullable=False),
    )
    index("entity_head_by_hash", "entity_head", "hash", unique=True)


def _order_key() -> None:
    table(
        "order_key",
        identity(),
        Column("hash", digest(), nullable=False),
        Column("text", text(400), nullable=False),
        Column("next_seq", BigInteger(), nullable=False),
        Column("applied_seq", BigInteger(), nullable=False),
        Column("target", code(64), nullable=False),
        Column("held", small(), nullable=False),
    )
    index("order_key_by_hash", "order_key", "hash", unique=True)


def _sync_queue() -> None:
    table(
        "sync_queue",
        identity(),
        Column("event_id", BigInteger(), nullable=False),
        Column("key_id", BigInteger(), nullable=False),
        Column("seq", BigInteger(), nullable=False),
        Column("target", code(64), nullable=False),
        Column("priority", small(), nullable=False),
        Column("state", small(), nullable=False),
        Column("due_at", instant()),
        Column("epoch", BigInteger()),
        Column("token", code(32)),
        Column("attempts", Integer(), nullable=False),
        Column("tries", Integer(), nullable=False),
        Column("first_at", instant()),
        Column("unknown_at", instant()),
        Column("alone", small(), nullable=False),
        Column("crashes", small(), nullable=False),
    )
    index("sync_queue_claim", "sync_queue", "target", "priority", "id", only="state = 0")
    index("sync_queue_due", "sync_queue", "due_at", only="state IN (3, 4)")
    index("sync_queue_of_event", "sync_queue", "event_id")
    index("sync_queue_one_running_of_key", "sync_queue", "key_id", unique=True, only="state = 2")
    index("sync_queue_order_of_key", "sync_queue", "key_id", "seq", unique=True)


def _sync_attempt() -> None:
    table(
        "sync_attempt",
        identity(),
        Column("event_id", BigInteger(), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("kind", code(8), nullable=False),
        Column("target", code(64), nullable=False),
        Column("epoch", BigInteger(), nullable=False),
        Column("alone", small(), nullable=False),
        Column("opened_at", instant(), nullable=False),
        Column("sent_at", instant()),
        Column("closed_at", instant()),
        Column("outcome", code(20)),
        Column("decision", code(20)),
        Column("rule", code(60)),
        Column("rule_version", Integer()),
        Column("status", Integer()),
        Column("error_class", code(100)),
        Column("message", text(2000)),
        Column("duration_ms", Integer()),
        Column("request_hash", code(64)),
        Column("version", text(400)),
        Column("detail_hash", code(64)),
        Column("config_version", code(64), nullable=False),
    )
    index("sync_attempt_of_event", "sync_attempt", "event_id", "number", unique=True)
    index("sync_attempt_open", "sync_attempt", "event_id", "number", only="closed_at IS NULL")


def _attempt_body() -> None:
    table(
        "attempt_body",
        Column("event_id", BigInteger(), primary_key=True, autoincrement=False),
        Column("number", Integer(), primary_key=True, autoincrement=False),
        Column("request", blob()),
        Column("answer", blob()),
    )


def _dead_letter() -> None:
    table(
        "dead_letter",
        identity(),
        Column("event_id", BigInteger(), nullable=False),
        Column("event_uuid", public_id(), nullable=False),
        Column("key_id", BigInteger()),
        Column("born_at", instant(), nullable=False),
        Column("reason", code(40), nullable=False),
        Column("error_class", code(100), nullable=False),
        Column("message", text(2000), nullable=False),
        Column("fingerprint", code(64), nullable=False),
        Column("attempts", Integer(), nullable=False),
        Column("state", code(12), nullable=False),
    )
    index("dead_letter_of_event", "dead_letter", "event_id")
    index("dead_letter_open", "dead_letter", "born_at", only="state = 'open'")


def _audit_trail() -> None:
    table(
        "audit_trail",
        identity(),
        Column("event_id", BigInteger()),
        Column("attempt", Integer()),
        Column("event_uuid", public_id()),
        Column("at", instant(), nullable=False),
        Column("action", code(40), nullable=False),
        Column("actor", text(200), nullable=False),
        Column("source", code(64), nullable=False),
        Column("entity", code(64), nullable=False),
        Column("entity_text", text(400)),
        Column("old", long_text()),
        Column("new", long_text()),
        Column("reason", text(2000)),
        Column("trace_id", code(32)),
        Column("config_version", code(64), nullable=False),
        Column("row_hash", code(64), nullable=False),
    )
    index("audit_trail_of_event", "audit_trail", "event_id", "attempt")


def _seal() -> None:
    table(
        "seal",
        Column("seq", BigInteger(), primary_key=True, autoincrement=False),
        Column("epoch", BigInteger(), nullable=False),
        Column("kind", code(20), nullable=False),
        Column("ids", long_text(), nullable=False),
        Column("rows_hash", digest(), nullable=False),
        Column("hash", digest(), nullable=False),
        Column("at", instant(), nullable=False),
    )


def _outbox() -> None:
    table(
        "outbox",
        identity(),
        Column("event_uuid", public_id(), nullable=False),
        Column("type", code(100), nullable=False),
        Column("subject", text(400), nullable=False),
        Column("key_hash", digest(), nullable=False),
        Column("data", long_text(), nullable=False),
        Column("at", instant(), nullable=False),
        Column("trace", code(55)),
    )


def _subscription() -> None:
    table(
        "subscription",
        identity(),
        Column("name", code(64), nullable=False),
        Column("url", text(2000), nullable=False),
        Column("types", long_text()),
        Column("enabled", small(), nullable=False),
        Column("reason", text(400)),
        Column("changed_at", instant(), nullable=False),
    )
    index("subscription_by_name", "subscription", "name", unique=True)


def _dispatch_key() -> None:
    table(
        "dispatch_key",
        identity(),
        Column("subscription_id", BigInteger(), nullable=False),
        Column("key_hash", digest(), nullable=False),
        Column("next_no", BigInteger(), nullable=False),
    )
    index("dispatch_key_by_hash", "dispatch_key", "subscription_id", "key_hash", unique=True)


def _dispatch() -> None:
    table(
        "dispatch",
        identity(),
        Column("subscription_id", BigInteger(), nullable=False),
        Column("dkey_id", BigInteger(), nullable=False),
        Column("no", BigInteger(), nullable=False),
        Column("message_id", code(64), nullable=False),
        Column("event_uuid", public_id(), nullable=False),
        Column("type", code(100), nullable=False),
        Column("subject", text(400), nullable=False),
        Column("data", long_text(), nullable=False),
        Column("at", instant(), nullable=False),
        Column("trace", code(55)),
        Column("state", small(), nullable=False),
        Column("due_at", instant()),
        Column("epoch", BigInteger()),
        Column("token", code(32)),
        Column("attempts", Integer(), nullable=False),
        Column("first_at", instant()),
    )
    index("dispatch_claim", "dispatch", "id", only="state = 0")
    index("dispatch_due", "dispatch", "due_at", only="state = 3")
    index("dispatch_live_of_key", "dispatch", "dkey_id", "no", only="state IN (0, 1, 2, 3)")
    index("dispatch_one_running_of_key", "dispatch", "dkey_id", unique=True, only="state = 2")
    index("dispatch_order_of_key", "dispatch", "dkey_id", "no", unique=True)


def _dispatch_attempt() -> None:
    table(
        "dispatch_attempt",
        identity(),
        Column("dispatch_id", BigInteger(), nullable=False),
        Column("event_uuid", public_id(), nullable=False),
        Column("subscription_id", BigInteger(), nullable=False),
        Column("message_id", code(64), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("epoch", BigInteger(), nullable=False),
        Column("opened_at", instant(), nullable=False),
        Column("closed_at", instant()),
        Column("outcome", code(20)),
        Column("status", Integer()),
        Column("message", text(2000)),
        Column("duration_ms", Integer()),
    )
    index("dispatch_attempt_of_dispatch", "dispatch_attempt", "dispatch_id", "number", unique=True)
    index("dispatch_attempt_of_event", "dispatch_attempt", "event_uuid")
    index(
        "dispatch_attempt_open",
        "dispatch_attempt",
        "dispatch_id",
        "number",
        only="closed_at IS NULL",
    )


def _leader() -> None:
    table(
        "leader",
        Column("name", code(20), primary_key=True),
        Column("epoch", BigInteger(), nullable=False),
        Column("token", code(32), nullable=False),
        Column("beat", BigInteger(), nullable=False),
        Column("beat_at", instant(), nullable=False),
        Column("schema_no", Integer(), nullable=False),
        Column("holder", text(200), nullable=False),
        Column("since", instant(), nullable=False),
    )


def _schema_version() -> None:
    table(
        "schema_version",
        Column("id", Integer(), primary_key=True, autoincrement=False),
        Column("schema_no", Integer(), nullable=False),
        Column("oldest_reader", Integer(), nullable=False),
        Column("version", code(20), nullable=False),
        Column("applied_at", instant(), nullable=False),
    )


def _genesis() -> None:
    at = now()
    leader = rows_of(
        "leader",
        c("name", code(20)),
        c("epoch", BigInteger()),
        c("token", code(32)),
        c("beat", BigInteger()),
        c("beat_at", instant()),
        c("schema_no", Integer()),
        c("holder", text(200)),
        c("since", instant()),
    )
    for name in ("sync", "relay"):
        row = {"name": name, "epoch": 0, "token": "", "beat": 0, "schema_no": 1, "holder": ""}
        op.execute(leader.insert().values(**row, beat_at=at, since=at))
    seal = rows_of(
        "seal",
        c("seq", BigInteger()),
        c("epoch", BigInteger()),
        c("kind", code(20)),
        c("ids", long_text()),
        c("rows_hash", digest()),
        c("hash", digest()),
        c("at", instant()),
    )
    zero = bytes(32)
    genesis = {"seq": 0, "epoch": 0, "kind": "genesis", "ids": "", "rows_hash": zero, "hash": zero}
    op.execute(seal.insert().values(**genesis, at=at))
    schema_version = rows_of(
        "schema_version",
        c("id", Integer()),
        c("schema_no", Integer()),
        c("oldest_reader", Integer()),
        c("version", code(20)),
        c("applied_at", instant()),
    )
    first = {"id": 1, "schema_no": 1, "oldest_reader": 1, "version": __version__}
    op.execute(schema_version.insert().values(**first, applied_at=at))
