"""Who leads, and which schema this is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table

from sql.columns import code, instant, text
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
