"""The tables, one module per subject; `metadata` holds them all."""

from __future__ import annotations

from sql.tables import audit, control, inbox, links, outbox, people, queue, system
from sql.tables.base import SCHEMA, SCHEMA_NO, metadata

__all__ = [
    "SCHEMA",
    "SCHEMA_NO",
    "audit",
    "control",
    "inbox",
    "links",
    "metadata",
    "outbox",
    "people",
    "queue",
    "system",
]
