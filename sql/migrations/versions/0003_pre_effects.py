"""Full states that supersede each other, waits for links, and the links themselves."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column
from sqlalchemy import text as sql_text

from sql.columns import code, digest, identity, instant, public_id, small, text
from sql.migrations.support import index, schema, table

revision = "0003"
down_revision = "0002"
oldest_reader = 1
"""The oldest program, by its schema number, that may run on what this leaves."""


def upgrade() -> None:
    merges = Column("merges", small(), nullable=False, server_default=sql_text("0"))
    op.add_column("sync_queue", merges, schema=schema())
    op.add_column("inbox", Column("ended_by", public_id()), schema=schema())
    _entity_link()


def _entity_link() -> None:
    table(
        "entity_link",
        identity(),
        Column("hash", digest(), nullable=False),
        Column("target", code(64), nullable=False),
        Column("source", code(64), nullable=False),
        Column("entity", code(64), nullable=False),
        Column("entity_text", text(400), nullable=False),
        Column("record_type", code(64), nullable=False),
        Column("record_id", text(200), nullable=False),
        Column("record_key", text(400), nullable=False),
        Column("event_uuid", public_id(), nullable=False),
        Column("at", instant(), nullable=False),
    )
    index("entity_link_by_hash", "entity_link", "hash", unique=True)
