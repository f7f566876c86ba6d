"""A row of `audit_trail`: the digest that it carries, wherever it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.fingerprint import digest

HASHED = (
    "event_uuid",
    "action",
    "actor",
    "source",
    "entity",
    "entity_text",
    "old",
    "new",
    "reason",
)
"""The columns that `row_hash` covers, in their order; `host` comes last, where there is one."""


def row_hash(row: Mapping[str, Any]) -> str:
    """The digest of a row, from its columns by name; one that is left out counts as NULL."""
    texts = [row.get(name) for name in HASHED]
    # Only where there is one: rows from before there were hosts keep the digest that they have.
    host = row.get("host")
    return digest(*texts, *(() if host is None else (host,))).hex()
