"""Events, for people: found by the filter, and the whole story of one."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import func, select

from ingest.reports import iso
from ops import story
from ops.ages import age_s
from ops.filter import now_of
from sql.database import Database, Row
from sql.filters import ROW_STATE, Filter, as_uuid, events
from sql.reads import rows
from sql.states import ENDS, event_state
from sql.tables.inbox import inbox
from sql.tables.queue import sync_queue

_Rows: TypeAlias = list[Row]

WINDOW = 100_000
"""Events that one read looks at, since no index serves every filter."""
MOST_WINDOWS = 10

_COLUMNS = (
    inbox.c.id,
    inbox.c.uuid,
    inbox.c.source,
    inbox.c.entity,
    inbox.c.entity_text,
    inbox.c.operation,
    inbox.c.state,
    inbox.c.accepted_at,
    inbox.c.ended_at,
    ROW_STATE.label("row_state"),
    sync_queue.c.tries,
)


class Events:
    """Every method reads at once, and gives JSON-able values."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list(self, flt: Filter, limit: int = 50, after: str | None = None) -> dict[str, Any]:
        """The newest events first, out of the newest million of those before `after`.

        Args:
            limit: events at most.
            after: an event's id: those before it. `next` is what to give here to go on; `capped`
                says that there may be more, `searched` how many were looked at.
        """
        now = now_of(self._db)
        found, searched, rest = self._search(flt.pinned(now), limit, after)
        told = [_listed(row) | {"age_s": age_s(row["accepted_at"], now)} for row in found]
        return {
            "events": told,
            "searched": searched,
            "capped": rest is not None,
            "next": rest,
            "filter": flt.to_doc(),
        }

    def story(self, wanted: str, *, bodies: bool = False) -> dict[str, Any] | None:
        """All that is on record of an event, and its `timeline`; see `ops.story.tell`."""
        return story.tell(self._db, wanted, bodies=bodies)

    def _search(self, flt: Filter, limit: int, after: str | None) -> tuple[_Rows, int, str | None]:
        """Rows, how many events were looked at, and where to go on."""
        found: _Rows = []
        start = upper = self._before(after)
        # Those that an index finds need no window, however long ago they were accepted.
        wide = start if _found_by_index(flt) else WINDOW
        for _ in range(MOST_WINDOWS):
            if upper <= 1 or len(found) > limit:
                break
            lower = max(upper - wide, 1)
            wanted = events(flt).with_only_columns(*_COLUMNS)
            wanted = wanted.where(inbox.c.id < upper, inbox.c.id >= lower)
            page = wanted.order_by(inbox.c.id.desc()).limit(limit + 1 - len(found))
            found += rows(self._db, page)
            upper = lower
        if len(found) > limit:
            return found[:limit], start - found[limit]["id"], str(found[limit - 1]["uuid"])
        return found, start - upper, self._at(upper) if upper > 1 else None

    def _before(self, after: str | None) -> int:
        """The number that the events looked at are below; 1 where there is none."""
        if after is None:
            newest = rows(self._db, select(func.max(inbox.c.id).label("id")))
            return int(newest[0]["id"] or 0) + 1
        last = rows(self._db, select(inbox.c.id).where(inbox.c.uuid == (as_uuid(after) or "")))
        return int(last[0]["id"]) if last else 1

    def _at(self, number: int) -> str | None:
        """The id of the oldest event that was looked at."""
        there = select(inbox.c.uuid).where(inbox.c.id >= number).order_by(inbox.c.id).limit(1)
        found = rows(self._db, there)
        return str(found[0]["uuid"]) if found else None


def _found_by_index(flt: Filter) -> bool:
    """Ids of events; or what has not come to an end, which is the queue and the open letters."""
    if flt.ids and all(map(as_uuid, flt.ids)):
        return True
    return bool(flt.states) and not ENDS & set(flt.states)


def _listed(row: Row) -> dict[str, Any]:
    return {
        "event_id": row["uuid"],
        "state": event_state(row["state"], row["row_state"]),
        "source": row["source"],
        "entity": row["entity"],
        "entity_id": row["entity_text"],
        "operation": row["operation"],
        "accepted_at": iso(row["accepted_at"]),
        "ended_at": iso(row["ended_at"]),
        "tries": row["tries"],
    }
