"""`db adopt`: a person says what a database is at the place where it is found.

`moved`: the same, elsewhere. `copy`: every adapter is paused, every subscription is off, and it
gets an id of its own. `restored`: every live event may have been carried out after the backup, so
each is looked up before it is tried.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database
from sql.install import SILENT, Place, kept
from sql.sqlite import stamp
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import ConfigError

As: TypeAlias = Literal["moved", "copy", "restored"]

PAUSED = "this is a copy of another database; tidegate resume lets it write"


def adopt(
    db: Database,
    who: Who,
    here: Place,
    new_uuid: str,
    config_version: str,
    kind: As,
    last_good: datetime | None,
    reason: str | None,
) -> dict[str, Any]:
    """Make `here` the database's home; what was there before, and how many events were marked.

    Args:
        new_uuid: the id that a copy gets.
        last_good: of a restore: the last moment of which nothing is missing.

    Raises `ConfigError` where a restore does not say up to when nothing is missing.
    """
    if (kind == "restored") != (last_good is not None):
        raise ConfigError(
            "a restore, and nothing else, says up to when nothing is missing",
            next_step="give --as restored and --last-good 2026-11-22T06:00 together",
        )
    before = kept(db)
    names = ("server", "database_name", "environment")
    old: dict[str, Json] | None = before and {name: before[name] for name in names}
    new: dict[str, Json] = {
        "server": here.server,
        "database_name": here.database,
        "environment": here.environment,
        "as": kind,
        "last_good": stamp(last_good) if last_good else None,
    }
    was = canon.text(old) if old else None
    row = trail("adopted", who, "install", reason, was, canon.text(new))
    doc = {"uuid": new_uuid, "adopted_as": kind, "config_version": config_version}
    reasons = {"pause_reason": PAUSED, "silent_reason": SILENT}
    found = db.run("install/adopt", row | doc | reasons | new)
    return {"before": old, "now": new, "looked_up_first": int(found["marked"][0]["n"])}


def trail(
    action: str, who: Who, entity: str, reason: str | None, old: str | None, new: str | None
) -> dict[str, Any]:
    """A row of the audit trail about the house itself, all but its config_version."""
    row = {
        "action": action,
        "actor": who.actor,
        "source": "tidegate",
        "entity": entity,
        "old": old,
        "new": new,
        "reason": reason[:2000] if reason else None,
        "host": who.host,
    }
    return row | {"row_hash": row_hash(row)}
