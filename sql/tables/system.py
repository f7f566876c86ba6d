"""Who leads, who runs, where this database lives, and which schema it has."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table
from sqlalchemy import text as sql_text

from sql.columns import code, identity, instant, long_text, public_id, small, text
from sql.tables.base import metadata

leader = Table(
    "leader",
    metadata,
    Column("name", code(20), primary_key=True, comment="sync or relay"),
    Column("epoch", BigInteger, nullable=False, comment="rises with every change of leader"),
    Column("token", code(32), nullable=False, comment="random; with epoch it is the term"),
    Column("beat", BigInteger, nullable=False, comment="rises with every transaction of the term"),
    Column("beat_at", instant(), nullable=False),
    Column("schema_no", Integer, nullable=False),
    Column("holder", text(200), nullable=False, comment="host, process and start of the leader"),
    Column("since", instant(), nullable=False),
    Column(
        "locked",
        small(),
        nullable=False,
        server_default=sql_text("1"),
        comment="1: its holder has the lock, so whoever gets that knows that it died",
    ),
)

schema_version = Table(
    "schema_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("schema_no", Integer, nullable=False),
    Column("oldest_reader", Integer, nullable=False, comment="oldest schema_no that may still run"),
    Column("version", code(20), nullable=False, comment="the release that upgraded last"),
    Column("applied_at", instant(), nullable=False),
)

install = Table(
    "install",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column(
        "uuid", public_id(), nullable=False, comment="of this installation; a copy gets its own"
    ),
    Column("server", text(400), nullable=False, comment="where it lives; SQLite: the host"),
    Column("database_name", text(400), nullable=False, comment="SQLite: the file's path"),
    Column("environment", code(40), nullable=False),
    Column("since", instant(), nullable=False),
    Column("adopted_as", code(10), comment="copy or restored; null: it was born here"),
    Column("adopted_by", text(200)),
    Column("last_good", instant(), comment="of a restore: what came later is probed first"),
)

process = Table(
    "process",
    metadata,
    identity(),
    Column("uuid", public_id(), nullable=False, comment="of this run of it"),
    Column("role", code(20), nullable=False, comment="up, ingest, processor or relay"),
    Column("host", text(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", code(20), nullable=False),
    Column("config_version", code(64), nullable=False),
    Column("started_at", instant(), nullable=False),
    Column("seen_at", instant(), nullable=False),
    Column("ended_at", instant(), comment="null while it runs, or after it was killed"),
    Index("process_by_uuid", "uuid", unique=True),
    sqlite_autoincrement=True,
)

config_version = Table(
    "config_version",
    metadata,
    Column("version", code(64), primary_key=True, comment="SHA-256 of the merged configuration"),
    Column("at", instant(), nullable=False),
    Column("text", long_text(), nullable=False, comment="TOML, redacted"),
)

counter = Table(
    "counter",
    metadata,
    Column("name", code(64), primary_key=True, comment="e.g. pruned.applied"),
    Column("value", BigInteger, nullable=False),
)
