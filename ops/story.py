"""The whole story of one event: all that is on record of it, secrets masked."""

from __future__ import annotations

from typing import Any

from ingest.places import fitting
from ingest.reports import event_report, iso
from ingest.shapes import LONGEST_ID
from ops import shown
from ops.letter_report import request
from ops.timeline import timeline
from sql.database import Database, Row, Rows
from sql.filters import as_uuid
from sql.states import event_state

_INSTANTS = frozenset(
    {
        *("at", "born_at", "opened_at", "closed_at", "received_at", "last_at", "ended_at"),
        *("due_at", "first_at", "unknown_at", "deadline_at", "needs_until", "erased_at"),
    }
)
_JSON = frozenset({"old", "new", "fields"})
_TEXTS = frozenset({"message", "reason", "text"})
_DISPATCH = {0: "ready", 1: "waiting", 2: "running", 3: "scheduled", 5: "dead"}


def tell(db: Database, wanted: str, *, bodies: bool = False) -> dict[str, Any] | None:
    """All that is on record of an event, and its `timeline`; None where there is none.

    A delivery that made no event and matched none is told by itself.

    Args:
        wanted: the id of an event or of a delivery, or a message id.
        bodies: with what came, what was sent and what came back, secrets masked.
    """
    story = _found(db, wanted.strip())
    if story is None:
        return None
    if bodies and "event_id" in story:
        _add_bodies(db, story)
    return {**story, "timeline": timeline(story)}


def _found(db: Database, wanted: str) -> dict[str, Any] | None:
    uuid = as_uuid(wanted)
    if uuid is not None:
        found = db.read("events/get", {"uuid": uuid})
        if found["event"]:
            return _told(db, found)
        deliveries = db.read("events/delivery", {"uuid": uuid})["delivery"]
        if deliveries:
            return _of_delivery(db, uuid, deliveries[0])
    return _of_message(db, wanted)


def _of_delivery(db: Database, uuid: str, row: Row) -> dict[str, Any]:
    delivery = _plain(row)
    if delivery["event_uuid"] is not None:
        found = db.read("events/get", {"uuid": delivery["event_uuid"]})
        if found["event"]:
            return _told(db, found) | {"asked_for_delivery": uuid}
    return {"delivery_id": uuid, **delivery, "deliveries": [{"uuid": uuid, **delivery}]}


def _of_message(db: Database, text: str) -> dict[str, Any] | None:
    """The newest event that the message id leads to; `others` are the rest."""
    if not text:
        return None
    kept = fitting(text, LONGEST_ID)
    ids = [row["event_uuid"] for row in db.read("events/message", {"text": kept})["found"]]
    for uuid in ids:
        found = db.read("events/get", {"uuid": uuid})
        if found["event"]:
            others = [each for each in ids if each != uuid]
            return _told(db, found) | {"asked_for_message": text, "others": others}
    return None


def _told(db: Database, found: Rows) -> dict[str, Any]:
    event = found["event"][0]
    rest = db.read("events/story", {"uuid": event["uuid"]})
    told = event_report(event, found["attempts"])
    for attempt in told["attempts"]:
        attempt["message"] = shown.text(attempt["message"])
    edit = rest["edits"][0] if rest["edits"] else {}
    return {
        **told,
        **{name: value for name, value in edit.items() if value is not None},
        "trace": event["trace"],
        "waits": _waits(rest["waits"]),
        "deliveries": _all(rest["deliveries"]),
        "letters": _all(rest["letters"]),
        "notes": _all(rest["notes"]),
        "requests": [request(row) for row in rest["requests"]],
        "changes": _all(rest["changes"]),
        "dispatches": _all(rest["dispatches"]),
        "unsent": [_plain(row) | {"state": _DISPATCH[row["state"]]} for row in rest["unsent"]],
    }


def _add_bodies(db: Database, story: dict[str, Any]) -> None:
    found = db.read("events/bodies", {"uuid": story["event_id"]})
    for row in found["payload"]:
        story["body"] = shown.body(row["body"], row["media_type"])
        story["answer"] = shown.body(row["answer"])
        story["erased_at"] = iso(row["erased_at"])
    kept = {row["number"]: row for row in found["attempts"]}
    for attempt in story["attempts"]:
        row = kept.get(attempt["number"], {"request": None, "answer": None})
        attempt["request"] = shown.body(row["request"])
        attempt["answer"] = shown.body(row["answer"])


def _waits(found: list[Row]) -> dict[str, Any] | None:
    """What a live or held event waits for; None where it has left the queue."""
    if not found:
        return None
    row = _plain(found[0])
    ahead = None
    if row["ahead_uuid"] is not None:
        ahead = {
            "event_id": row["ahead_uuid"],
            "state": event_state(row["ahead_event_state"], row["ahead_state"]),
            "entity": row["ahead_entity"],
            "entity_id": row["ahead_entity_text"],
        }
    names = ("target", "due_at", "tries", "first_at", "unknown_at", "deadline_at", "needs_until")
    return {
        "key": row["key_text"],
        "held": bool(row["held"]),
        **{name: row[name] for name in names},
        "needs_link": bool(row["needs"]),
        "ahead": row["ahead"],
        "behind_event": ahead,
        "why": _why(row, ahead),
    }


def _why(row: Row, ahead: dict[str, Any] | None) -> str | None:
    """What has to happen first, in words."""
    if ahead is not None:
        return f"behind {ahead['event_id']}, which is {ahead['state']}"
    if row["needs"]:
        return f"for a link to another record, until {row['needs_until']}"
    if row["held"]:
        return f"an operator holds the key {row['key_text']}"
    if row["unknown_at"] is not None:
        return "nobody knows whether the last attempt took effect; it is looked up"
    return f"until {row['due_at']}" if row["due_at"] is not None else None


def _all(found: list[Row]) -> list[dict[str, Any]]:
    return [_plain(row) for row in found]


def _plain(row: Row) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in _INSTANTS:
        return iso(value)
    if name in _JSON:
        return shown.body(value.encode())
    return shown.text(value) if name in _TEXTS else value
