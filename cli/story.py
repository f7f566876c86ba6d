"""The whole story of one event, and its happenings in the order of time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cli.reading import Reader
from ingest.reports import event_report, iso

_LISTS = ("deliveries", "letters", "changes", "dispatches")
_INSTANTS = frozenset({"at", "born_at", "opened_at", "closed_at", "received_at", "last_at"})
_JSON = frozenset({"old", "new"})


def find(reader: Reader, wanted: str) -> dict[str, Any] | None:
    """All that is on record of an event, asked for by its id or by that of one of its deliveries.

    A delivery that made no event and matched none is told by itself; None where there is neither.
    """
    delivery = None
    found = reader.read("events/get", uuid=wanted)
    if not found["event"]:
        deliveries = reader.read("events/delivery", uuid=wanted)["delivery"]
        if not deliveries:
            return None
        delivery = _told(deliveries[0])
        uuid = delivery["event_uuid"]
        found = reader.read("events/get", uuid=uuid) if uuid else {"event": []}
        if not found["event"]:
            return {"delivery_id": wanted, **delivery, "deliveries": [{"uuid": wanted, **delivery}]}
    return _story(reader, found) | ({"asked_for_delivery": wanted} if delivery else {})


def _story(reader: Reader, found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    event = found["event"][0]
    rest = reader.read("events/story", uuid=event["uuid"])
    told = {name: [_told(row) for row in rest[name]] for name in _LISTS}
    return {**event_report(event, found["attempts"]), "trace": event["trace"], **told}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        return iso(value)
    if name in _JSON and isinstance(value, str):
        return json.loads(value)
    return value


def timeline(story: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened, oldest first; of one instant in the order in which it must have been."""
    happenings = [
        *_deliveries(story),
        *_attempts(story),
        *_changes(story),
        *_ends(story),
        *_dispatches(story),
    ]
    return sorted((each for each in happenings if each["at"]), key=lambda each: str(each["at"]))


def _deliveries(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("deliveries", ()):
        words = [row["verdict"], row["rule"], row["reason"], f"delivery {row['uuid']}"]
        yield _happening(row["received_at"], "delivered", *words)
        if row.get("seen", 1) > 1:
            yield _happening(row["last_at"], "delivered again", f"{row['seen']} times in all")
    if "accepted_at" in story:
        words = [f"{story['operation']} {story['entity']} {story['entity_id'] or ''}".rstrip()]
        yield _happening(story["accepted_at"], "accepted", *words)


def _attempts(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("attempts", ()):
        what = f"attempt {row['number']}"
        words = [f"{row['kind']} to {row['target']}", f"term {row['term']}"]
        yield _happening(
            row["opened_at"], f"{what} opened", *words, "alone" if row["alone"] else ""
        )
        status = f"status {row['status']}" if row["status"] is not None else ""
        rule = f"rule {row['rule']}" if row["rule"] else ""
        told = [row["outcome"], row["decision"], status, rule, row["error_class"], row["message"]]
        took = f"{row['duration_ms']} ms" if row["duration_ms"] is not None else ""
        yield _happening(row["closed_at"], f"{what} closed", *told, took)


def _changes(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("changes", ()):
        change = f"{_short(row['old'])} → {_short(row['new'])}"
        yield _happening(row["at"], "changed", row["action"], f"by {row['actor']}", change)


def _ends(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("letters", ()):
        words = [row["reason"], row["error_class"], row["message"], f"letter {row['state']}"]
        yield _happening(row["born_at"], "dead letter", *words)
    if story.get("ended_at"):
        yield _happening(story["ended_at"], "ended", story["state"])


def _dispatches(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in story.get("dispatches", ()):
        status = f"status {row['status']}" if row["status"] is not None else ""
        words = [f"to {row['subscription']}", f"try {row['number']}", row["outcome"] or "open"]
        at = row["closed_at"] or row["opened_at"]
        yield _happening(at, "dispatched", *words, status, row["message"], row["message_id"])


def _happening(at: str | None, what: str, *words: str | None) -> dict[str, Any]:
    return {"at": at, "what": what, "detail": ", ".join(word for word in words if word)}


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"
