"""Dead letters by cause: how many of each error are how old, and which are of one kind.

Ages are of birth, each counted within its column's time: `1h` is within the last hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select

from ingest.reports import iso
from ops.ages import age_s
from ops.shown import text
from sql.database import Database, Row
from sql.filters import Filter, counted
from sql.reads import rows
from sql.sqlite import stamp
from sql.tables.inbox import inbox
from sql.tables.queue import dead_letter, sync_queue

AGES = {
    "1h": timedelta(hours=1),
    "3h": timedelta(hours=3),
    "24h": timedelta(hours=24),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
}
MOST_CLASSES = 200
"""Error classes that a summary tells apart, those with most letters first."""


def summary(db: Database, flt: Filter, now: datetime) -> dict[str, Any]:
    """Error class by age; how many there are, how old the oldest is, how many keys they hold.

    Args:
        flt: pinned.
        now: what ages count from.
    """
    found = rows(db, _matrix(flt, now))
    oldest = min((row["oldest_at"] for row in found), default=None)
    return {
        "at": _iso(now),
        "total": sum(row["all"] for row in found),
        "oldest_at": iso(oldest),
        "oldest_age_s": age_s(oldest, now),
        **_keys(db, flt),
        "filter": flt.to_doc(),
        "classes": [_classed(row) for row in found[:MOST_CLASSES]],
        "capped": len(found) > MOST_CLASSES,
    }


def groups(db: Database, flt: Filter, now: datetime, limit: int) -> dict[str, Any]:
    """Letters by fingerprint, the largest group first.

    Args:
        flt: pinned.
        now: what ages count from.
        limit: groups at most; `capped` says whether there are more.
    """
    found = rows(db, _grouped(flt, limit + 1))
    shown = found[:limit]
    samples = _samples(db, [row["newest_id"] for row in shown])
    said = notes(db, [], [row["fingerprint"] for row in shown])["groups"]
    told = [_group(row, samples, said, now) for row in shown]
    return {
        "at": _iso(now),
        "groups": told,
        "letters": sum(each["count"] for each in told),
        "filter": flt.to_doc(),
        "capped": len(found) > limit,
    }


def notes(
    db: Database, uuids: Iterable[str], fingerprints: Iterable[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The newest note and owner, and how many notes: by event under `letters`, and `groups`."""
    doc = {"uuids": list(uuids), "fingerprints": list(fingerprints)}
    found = db.read("letters/notes", doc)
    return {
        "letters": _said(found["of_letters"], "event_uuid"),
        "groups": _said(found["of_groups"], "fingerprint"),
    }


def _matrix(flt: Filter, now: datetime) -> Any:
    born = dead_letter.c.born_at
    columns = [
        func.sum(case((born >= stamp(now - age), 1), else_=0)).label(name)
        for name, age in AGES.items()
    ]
    all_of_it = func.count().label("all")
    wanted = counted(flt).with_only_columns(
        dead_letter.c.error_class, all_of_it, *columns, func.min(born).label("oldest_at")
    )
    grouped = wanted.group_by(dead_letter.c.error_class)
    return grouped.order_by(all_of_it.desc(), dead_letter.c.error_class)


def _keys(db: Database, flt: Filter) -> Row:
    d, q = dead_letter.c, sync_queue
    wanted = counted(flt).with_only_columns(d.event_id, d.key_id).subquery()
    # What keeps its place in the queue keeps its key from going on.
    joined = wanted.outerjoin(q, q.c.event_id == wanted.c.event_id)
    keys = func.count(wanted.c.key_id.distinct()).label("keys")
    held = func.count(q.c.key_id.distinct()).label("keys_held")
    return rows(db, select(keys, held).select_from(joined))[0]


def _grouped(flt: Filter, n: int) -> Any:
    d = dead_letter.c
    count = func.count().label("count")
    wanted = counted(flt).with_only_columns(
        d.fingerprint,
        count,
        func.count(d.key_id.distinct()).label("keys"),
        func.min(d.born_at).label("first_at"),
        func.max(d.born_at).label("last_at"),
        func.max(d.id).label("newest_id"),
        func.max(d.attempts).label("attempts_max"),
    )
    return wanted.group_by(d.fingerprint).order_by(count.desc(), d.fingerprint).limit(n)


def _samples(db: Database, ids: list[int]) -> dict[int, Row]:
    d, i = dead_letter.c, inbox.c
    columns = (d.id, d.event_uuid, d.error_class, d.reason, d.message, i.source, i.entity)
    joined = dead_letter.join(inbox, i.id == d.event_id)
    found = rows(db, select(*columns).select_from(joined).where(d.id.in_(ids))) if ids else []
    return {row["id"]: row for row in found}


def _group(
    row: Row, samples: dict[int, Row], said: dict[str, dict[str, Any]], now: datetime
) -> dict[str, Any]:
    sample = samples[row["newest_id"]]
    words = said.get(row["fingerprint"], {})
    return {
        "fingerprint": row["fingerprint"],
        "error_class": sample["error_class"],
        "reason": sample["reason"],
        "source": sample["source"],
        "entity": sample["entity"],
        "count": row["count"],
        "keys": row["keys"],
        "first_at": iso(row["first_at"]),
        "last_at": iso(row["last_at"]),
        "oldest_age_s": age_s(row["first_at"], now),
        "attempts_max": row["attempts_max"],
        "message": text(sample["message"]),
        "sample_id": sample["event_uuid"],
        "owner": words.get("owner"),
        "note": words.get("note"),
        "notes": words.get("notes", 0),
    }


def _classed(row: Row) -> dict[str, Any]:
    return row | {"oldest_at": iso(row["oldest_at"])}


def _said(found: list[Row], by: str) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    for row in found:
        words = told.setdefault(row[by], {})
        words[row["kind"]] = text(row["text"]) or None
        if row["kind"] == "note":
            words["notes"] = row["n"]
    return told


def _iso(now: datetime) -> str | None:
    return iso(stamp(now))
