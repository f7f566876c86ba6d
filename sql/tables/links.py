"""Which record of a far side belongs to which record of a source."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from sql.columns import code, digest, identity, instant, public_id, text
from sql.tables.base import metadata

entity_link = Table(
    "entity_link",
    metadata,
    identity(),
    Column("hash", digest(), nullable=False, comment="of target, source, entity and id"),
    Column("target", code(64), nullable=False, comment="an adapter"),
    Column("source", code(64), nullable=False),
    Column("entity", code(64), nullable=False),
    Column("entity_text", text(400), nullable=False),
    Column("record_type", code(64), nullable=False, comment="the far record's kind"),
    Column("record_id", text(200), nullable=False, comment="its id there"),
    Column("record_key", text(400), nullable=False, comment="its natural key there"),
    Column("event_uuid", public_id(), nullable=False, comment="the event that told of it last"),
    Column("at", instant(), nullable=False),
    Index("entity_link_by_hash", "hash", unique=True),
    sqlite_autoincrement=True,
)
