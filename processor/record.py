"""The rows of the audit trail that an operator's request leaves. Pure."""

from __future__ import annotations

import json

from sql.audit_rows import row_hash
from sql.database import Row

NOBODY: Row = {"id": None, "uuid": None, "source": "tidegate", "entity": "request"}
"""The subject of what is about no event."""

LONGEST_REASON = 2000
MOST_FIELDS = 50
"""Names of fields that fit their column."""


def change(
    request: Row, subject: Row, config_version: str, old: str | None, new: str | None
) -> Row:
    """What `request` made of `subject`, an event or `NOBODY` with words of its own.

    Args:
        old: JSON of what changed, as it was.
        new: and as it is, or why nothing changed.
    """
    trace = subject.get("trace")
    row: Row = {
        "event_id": subject["id"],
        "event_uuid": subject["uuid"],
        "action": request["verb"],
        "actor": request["actor"],
        "source": subject["source"],
        "entity": subject["entity"],
        "entity_text": subject.get("entity_text"),
        "old": old,
        "new": new,
        "reason": request["reason"][:LONGEST_REASON],
        "trace_id": trace[3:35] if trace else None,
        "config_version": config_version,
        "host": request["host"],
        "fields": _fields(old),
    }
    return row | {"row_hash": row_hash(row)}


def _fields(old: str | None) -> str | None:
    """The names of what changed."""
    changed = json.loads(old) if old else None
    return json.dumps(sorted(changed)[:MOST_FIELDS])[:LONGEST_REASON] if changed else None
