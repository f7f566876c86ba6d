"""`recover`: after a failover that lost commits nobody knows what was done of the live events.

The record of an attempt may be gone while its effect is there. So every event that is live is held
to be unknown: the leader looks it up before it tries it, in its key's order, as after a crash; a
command past its deadline is looked up too, not expired.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ops.adoption import trail
from ops.who import Who
from sql.database import Database
from sql.sqlite import stamp
from tidegate import canon


def recover(
    db: Database, who: Who, config_version: str, since: datetime, reason: str | None
) -> dict[str, Any]:
    """Mark what is live, and depose whoever leads; how many events are looked up first.

    Which events were touched after `since` is what was lost, so it narrows nothing: it is kept on
    record.
    """
    new = canon.text({"since": stamp(since)})
    row = trail("recover", who, "install", reason, None, new)
    found = db.run("install/recover", row | {"config_version": config_version})
    return {"since": stamp(since), "looked_up_first": int(found["marked"][0]["n"])}
