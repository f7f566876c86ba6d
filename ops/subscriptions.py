"""Who is told, and the switch: on again once a receiver is back, or in a copy; off; on record."""

from __future__ import annotations

from typing import Any

from ingest.reports import iso
from ops.shown import text as safe
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database
from tidegate.config_errors import guess
from tidegate.errors import ConfigError

LONGEST_REASON = 400


def listed(db: Database) -> list[dict[str, Any]]:
    """All subscriptions that a relay has seen configured, by name."""
    return [
        {
            "name": row["name"],
            "url": safe(row["url"]),
            "types": row["types"],
            "enabled": bool(row["enabled"]),
            "reason": safe(row["reason"]),
            "changed_at": iso(row["changed_at"]),
        }
        for row in db.read("ops/subscriptions", {})["subscriptions"]
    ]


def switch(
    db: Database, who: Who, name: str, reason: str, config_version: str, *, on: bool
) -> bool:
    """Let a subscription be told again, or no more; whether that changed anything.

    Raises `ConfigError` where there is none of that name, or the reason is none.
    """
    known = [row["name"] for row in db.read("ops/subscriptions", {})["subscriptions"]]
    if name not in known:
        there = guess(name, known) or ", ".join(known) or "there is none"
        raise ConfigError(
            f"there is no subscription {name!r}; {there}",
            next_step="name one of [[subscriptions]]; a relay must have run with it once",
        )
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ConfigError(
            f"a reason has 1 to {LONGEST_REASON} characters", next_step="say why: --reason"
        )
    row = {
        "action": "enabled" if on else "disabled",
        "actor": who.actor,
        "source": "tidegate",
        "entity": "subscription",
        "entity_text": name,
        "reason": reason,
        "host": who.host,
    }
    why = f"disabled by {who.actor}: {reason}"[:LONGEST_REASON]
    doc = {"name": name, "enabled": int(on), "why": why, "config_version": config_version}
    return bool(db.run("ops/switch", row | doc | {"row_hash": row_hash(row)})["changed"])
