"""Dead letters, for people: found, shown with all that bears on them, noted, given to somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import func, or_, select

from ingest.reports import iso
from ops import groups, noting, shown
from ops import letter_report as report
from ops.advice import next_steps
from ops.ages import age_s
from ops.filter import now_of
from ops.who import Who
from sql.database import Database, Row
from sql.filters import LETTERS, Filter, as_uuid, counted, letters
from sql.reads import rows, stream
from sql.tables.control import operator_request
from sql.tables.inbox import inbox, order_key, payload
from sql.tables.queue import dead_letter, sync_queue

Reports: TypeAlias = list[dict[str, Any]]
_Rows: TypeAlias = list[Row]

MOST_COUNTED = 100_000
"""Letters that a list counts; of more it says that there are more."""
MOST_BEHIND = 1000
SHOWN_BEHIND = 10

_COLUMNS = (
    dead_letter.c.id,
    dead_letter.c.event_uuid,
    dead_letter.c.state,
    dead_letter.c.reason,
    dead_letter.c.error_class,
    dead_letter.c.message,
    dead_letter.c.fingerprint,
    dead_letter.c.attempts,
    dead_letter.c.born_at,
    dead_letter.c.closed_at,
    dead_letter.c.closed_by,
    inbox.c.source,
    inbox.c.entity,
    inbox.c.entity_text,
    inbox.c.operation,
    order_key.c.text.label("key_text"),
    sync_queue.c.id.label("row_id"),
    operator_request.c.uuid.label("job"),
)
_JOINED = (
    LETTERS.outerjoin(order_key, order_key.c.id == inbox.c.key_id)
    .outerjoin(sync_queue, sync_queue.c.event_id == dead_letter.c.event_id)
    .outerjoin(operator_request, operator_request.c.id == dead_letter.c.request_id)
)


class Letters:
    """Every method reads or writes at once, and gives JSON-able values.

    Args:
        config_version: named on every audit row.
    """

    def __init__(self, db: Database, config_version: str = "") -> None:
        self._db = db
        self._config_version = config_version

    def list(self, flt: Filter, limit: int = 50, after: str | None = None) -> dict[str, Any]:
        """The newest letters first, with how many there are in all and how old the oldest is.

        Args:
            limit: letters at most; `next` is then what to give as `after`.
            after: the event id of the last letter already seen; one without a letter ends the list.
        """
        now = now_of(self._db)
        flt = flt.pinned(now)
        last = None if after is None else self._last(after)
        found = rows(self._db, _page(flt, last).limit(limit + 1)) if last or not after else []
        told = self._told(found[:limit], now)
        total = self._counted(flt)
        return {
            "letters": told,
            "count": total["n"],
            "count_capped": total["n"] >= MOST_COUNTED,
            "oldest_at": iso(total["oldest_at"]),
            "oldest_age_s": age_s(total["oldest_at"], now),
            "capped": len(found) > limit,
            "next": told[-1]["event_id"] if len(found) > limit else None,
            "filter": flt.to_doc(),
        }

    def summary(self, flt: Filter) -> dict[str, Any]:
        """Error class by age; see `ops.groups.summary`."""
        now = now_of(self._db)
        return groups.summary(self._db, flt.pinned(now), now)

    def groups(self, flt: Filter, limit: int = 50) -> dict[str, Any]:
        """Letters of one cause together; see `ops.groups.groups`."""
        now = now_of(self._db)
        return groups.groups(self._db, flt.pinned(now), now, limit)

    def show(self, event: str) -> dict[str, Any] | None:
        """The newest letter of an event, with all that bears on it; None where there is none."""
        found = self._db.read("letters/show", {"uuid": event})
        if not found["letter"]:
            return None
        now = now_of(self._db)
        letter = found["letter"][0]
        behind = found["behind"]
        told = {
            **report.letter(letter | {"row_id": letter["holds"] or None}, now),
            "event": report.event(letter),
            "settled": report.settled(letter, found["requests"]),
            "owner": report.owner(found["notes"]),
            "history": [report.attempt(row) for row in found["attempts"]],
            "notes": [report.note(row) for row in found["notes"]],
            "requests": [report.request(row) for row in found["requests"]],
            "same_cause": found["group"][0]["n"],
            "behind": min(len(behind), MOST_BEHIND),
            "behind_capped": len(behind) > MOST_BEHIND,
            "behind_first": [report.behind(row) for row in behind[:SHOWN_BEHIND]],
        }
        return told | {"next_steps": next_steps(told, found["attempts"])}

    def note(self, who: Who, target: str, text: str) -> dict[str, Any]:
        """Say something of a letter (an event's id) or of a group (a fingerprint, or its start).

        Raises `ops.noting.NoSuchLetter` where there is no such letter or group.
        """
        return noting.add(self._db, who, target, "note", text, self._config_version)

    def assign(self, who: Who, target: str, owner: str) -> dict[str, Any]:
        """Give a letter or a group to somebody; an empty `owner` gives it to nobody. As `note`."""
        return noting.add(self._db, who, target, "owner", owner, self._config_version)

    def export(self, flt: Filter) -> Iterator[dict[str, Any]]:
        """Letter by letter, the oldest first, each with its body as people are shown it."""
        now = now_of(self._db)
        flt = flt.pinned(now)
        columns = (*_COLUMNS, payload.c.body, payload.c.media_type, payload.c.erased_at)
        joined = _JOINED.outerjoin(payload, payload.c.event_id == dead_letter.c.event_id)
        wanted = letters(flt).with_only_columns(*columns).select_from(joined)
        for row in stream(self._db, wanted.order_by(dead_letter.c.id)):
            kept = shown.body(row["body"], row["media_type"] or "")
            yield report.letter(row, now) | {"erased_at": iso(row["erased_at"]), "body": kept}

    def _told(self, found: _Rows, now: datetime) -> Reports:
        told = [report.letter(row, now) for row in found]
        said = groups.notes(
            self._db,
            [each["event_id"] for each in told],
            dict.fromkeys(each["fingerprint"] for each in told),
        )
        for each in told:
            own = said["letters"].get(each["event_id"], {})
            common = said["groups"].get(each["fingerprint"], {})
            each["owner"] = own.get("owner", common.get("owner"))
            each["notes"] = own.get("notes", 0) + common.get("notes", 0)
        return told

    def _last(self, after: str) -> Row | None:
        """Where a list goes on."""
        d = dead_letter.c
        there = select(d.born_at, d.id).select_from(LETTERS)
        there = there.where(inbox.c.uuid == (as_uuid(after) or ""))
        found = rows(self._db, there.order_by(d.id.desc()).limit(1))
        return found[0] if found else None

    def _counted(self, flt: Filter) -> Row:
        born = counted(flt).with_only_columns(dead_letter.c.born_at).limit(MOST_COUNTED).subquery()
        both = select(func.count().label("n"), func.min(born.c.born_at).label("oldest_at"))
        return rows(self._db, both.select_from(born))[0]


def _page(flt: Filter, last: Row | None) -> Any:
    d = dead_letter.c
    wanted = letters(flt).with_only_columns(*_COLUMNS).select_from(_JOINED)
    wanted = wanted.order_by(d.born_at.desc(), d.id.desc())
    if last is None:
        return wanted
    born = d.born_at <= last["born_at"]
    return wanted.where(born, or_(d.born_at < last["born_at"], d.id < last["id"]))
