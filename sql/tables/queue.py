"""What is to be done and what was tried: queue, attempts, dead letters."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table
from sqlalchemy import text as sql_text

from sql.columns import blob, code, digest, identity, instant, only_where, public_id, small, text
from sql.tables.base import metadata

READY, WAITING, RUNNING, SCHEDULED, UNKNOWN, HELD = range(6)
"""States of a row; in statements they stand as literals, else no filtered index serves."""


sync_queue = Table(
    "sync_queue",
    metadata,
    identity(),
    Column("event_id", BigInteger, nullable=False),
    Column("key_id", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("target", code(64), nullable=False, comment="an adapter"),
    Column("priority", small(), nullable=False, comment="lower runs first"),
    Column(
        "state",
        small(),
        nullable=False,
        comment="0 ready, 1 waiting, 2 running, 3 scheduled, 4 unknown, 5 held",
    ),
    Column("due_at", instant()),
    Column("epoch", BigInteger, comment="the term that runs it"),
    Column("token", code(32)),
    Column("attempts", Integer, nullable=False, comment="number of its last attempt"),
    Column("tries", Integer, nullable=False, comment="attempts that count towards the maximum"),
    Column("first_at", instant(), comment="its first attempt"),
    Column("unknown_at", instant(), comment="since when its outcome is unknown"),
    Column("alone", small(), nullable=False, comment="1: was open at a crash, runs alone"),
    Column("crashes", small(), nullable=False, comment="crashes while it ran alone"),
    Column("deadline_at", instant(), comment="from then on it may not start; commands have one"),
    Column(
        "merges",
        small(),
        nullable=False,
        server_default=sql_text("0"),
        comment="1: a full state that a later one of its entity supersedes",
    ),
    Column("needs_hash", digest(), comment="of the link that it waits for"),
    Column("needs_until", instant(), comment="from then on it waits no longer"),
    Index("sync_queue_order_of_key", "key_id", "seq", unique=True),
    Index("sync_queue_one_running_of_key", "key_id", unique=True, **only_where("state = 2")),
    Index("sync_queue_claim", "target", "priority", "id", **only_where("state = 0")),
    Index("sync_queue_due", "due_at", "state", "alone", "target", **only_where("state IN (3, 4)")),
    Index("sync_queue_blocking", "key_id", "seq", **only_where("state IN (4, 5)")),
    Index("sync_queue_deadline", "deadline_at", **only_where("deadline_at IS NOT NULL")),
    Index("sync_queue_of_event", "event_id"),
    Index("sync_queue_needs", "needs_hash", **only_where("needs_hash IS NOT NULL")),
    sqlite_autoincrement=True,
)

sync_attempt = Table(
    "sync_attempt",
    metadata,
    identity(),
    Column("event_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", code(8), nullable=False, comment="write or probe"),
    Column("target", code(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("alone", small(), nullable=False),
    Column("opened_at", instant(), nullable=False),
    Column("sent_at", instant(), comment="when the first byte of a write may have left"),
    Column("closed_at", instant()),
    Column("outcome", code(20)),
    Column("decision", code(20), comment="what was done with the event"),
    Column("rule", code(60)),
    Column("rule_version", Integer),
    Column("status", Integer, comment="HTTP status"),
    Column("error_class", code(100)),
    Column("message", text(2000)),
    Column("duration_ms", Integer),
    Column("request_hash", code(64)),
    Column("version", text(400), comment="the version (ETag) that was read before the write"),
    Column("detail_hash", code(64), comment="digest of what its seal covers too"),
    Column("config_version", code(64), nullable=False),
    Column("answer_hash", code(64), comment="SHA-256 of what came back"),
    Index("sync_attempt_of_event", "event_id", "number", unique=True),
    Index("sync_attempt_open", "event_id", "number", **only_where("closed_at IS NULL")),
    Index(
        "sync_attempt_unanswered",
        "sent_at",
        "event_id",
        **only_where("outcome = 'unknown' AND kind = 'write'"),
    ),
    sqlite_autoincrement=True,
)

attempt_body = Table(
    "attempt_body",
    metadata,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("request", blob(), comment="what was sent"),
    Column("answer", blob(), comment="what came back"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    identity(),
    Column("event_id", BigInteger, nullable=False),
    Column("event_uuid", public_id(), nullable=False),
    Column("key_id", BigInteger),
    Column("born_at", instant(), nullable=False),
    Column("reason", code(40), nullable=False),
    Column("error_class", code(100), nullable=False),
    Column("message", text(2000), nullable=False),
    Column("fingerprint", code(64), nullable=False, comment="groups letters of one cause"),
    Column("attempts", Integer, nullable=False),
    Column("state", code(12), nullable=False, comment="open until an operator ends it"),
    Column("request_id", BigInteger, comment="the replay job that has it"),
    Column("closed_at", instant()),
    Column("closed_by", text(200)),
    Index("dead_letter_of_event", "event_id"),
    Index("dead_letter_group", "fingerprint", "id", **only_where("state = 'open'")),
    Index("dead_letter_of_request", "request_id", **only_where("request_id IS NOT NULL")),
    Index("dead_letter_open", "born_at", **only_where("state = 'open'")),
    Index(
        "dead_letter_unknown",
        "key_id",
        **only_where("state = 'open' AND reason IN ('unknown', 'quarantined')"),
    ),
    Index("dead_letter_classes", "error_class", **only_where("state = 'open'")),
    sqlite_autoincrement=True,
)
