"""The reckoning at the end: what was answered, what the database says, what the ERP did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import func, select

from sql.database import Database
from sql.reads import rows
from sql.states import ENDS
from sql.tables.inbox import inbox
from sql.tables.queue import sync_queue


@dataclass
class Reckoning:
    """Every promise, counted.

    `lost`: answered and not kept, or applied and never done. `doubled`: effects beyond the first of
    one event. `out_of_order`: effects of a key that came before an earlier one's.
    """

    counts: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether every promise was."""
        return not (self.lost or self.doubled or self.out_of_order or self.counts["pending"])


def pending(db: Database) -> int:
    """Events that have not come to an end."""
    return int(rows(db, select(func.count().label("n")).select_from(sync_queue))[0]["n"])


def reckon(db: Database, sandbox: str, answered: dict[str, list[str]]) -> Reckoning:
    """Compare all three."""
    events = rows(
        db,
        select(inbox.c.uuid, inbox.c.state, inbox.c.entity_text, inbox.c.seq).order_by(inbox.c.id),
    )
    with httpx.Client(trust_env=False, timeout=30) as http:
        effects: list[dict[str, Any]] = http.get(f"{sandbox}/sandbox/ledger").json()
    found = Reckoning()
    states = Counter(row["state"] for row in events)
    found.counts = {
        "accepted": len(events),
        **{end: states.get(end, 0) for end in (*sorted(ENDS), "dead")},
    }
    found.counts["pending"] = states.get("live", 0)
    done = Counter(str(each["effect_key"]) for each in effects)
    kept = {str(row["uuid"]) for row in events}
    found.lost = [uuid for all_ in answered.values() for uuid in all_ if uuid not in kept]
    found.lost += [
        str(row["uuid"])
        for row in events
        if row["state"] == "applied" and not done[str(row["uuid"])]
    ]
    found.doubled = [key for key, n in done.items() for _ in range(n - 1)]
    found.out_of_order = _disordered(events, effects)
    return found


def _disordered(events: list[dict[str, Any]], effects: list[dict[str, Any]]) -> list[str]:
    place = {str(row["uuid"]): (row["entity_text"], row["seq"]) for row in events}
    newest: dict[str, int] = {}
    wrong = []
    for each in effects:
        entity, seq = place.get(str(each["effect_key"]), (None, None))
        if entity is None or seq is None:
            continue
        if seq < newest.get(entity, 0):
            wrong.append(str(each["effect_key"]))
        newest[entity] = max(seq, newest.get(entity, 0))
    return wrong
