"""Order keys that stand still, and how they are found: by their text, or an event that has them."""

from __future__ import annotations

from typing import Any

from ingest import keys
from ingest.reports import iso
from ops.shown import text as safe
from sql.database import Database, Row
from sql.states import event_state
from tidegate.fingerprint import digest

MOST_WAYS = 200
"""Ways to part a text that are tried; one of people's own making has three or four."""


def listed(db: Database, limit: int) -> list[dict[str, Any]]:
    """Keys that do not go on, those blocked longest first."""
    return [told(row) for row in db.read("requests/blocked", {"n": limit})["keys"]]


def find_keys(db: Database, text: str) -> list[Row]:
    """The order keys that go by `text`, or that the event of this id has: id, text, held."""
    hashes = _hashes(text)
    doc = {"hashes": hashes, "hashes_n": len(hashes), "uuid": text}
    return db.read("requests/find_key", doc)["keys"]


def _hashes(text: str) -> list[bytes]:
    """The digests of all keys that are written like that; the text itself has no index.

    A part may hold a colon, so every way to part it is tried: they are few.
    """
    parts = text.split(":")
    found = [keys.named_order_key(*_at(parts, n))[0] for n in range(1, len(parts))]
    for n in range(2, len(parts)):
        rest = ":".join(parts[n:])
        for m in range(1, n):
            source, entity = ":".join(parts[:m]), ":".join(parts[m:n])
            found.append(keys.entity_order_key(source, entity, rest)[0])
            found.append(keys.lone_order_key(source, entity, rest)[0])
    return list(dict.fromkeys(found[:MOST_WAYS])) or [digest("key", text)]


def _at(parts: list[str], n: int) -> tuple[str, str]:
    return ":".join(parts[:n]), ":".join(parts[n:])


def told(row: Row) -> dict[str, Any]:
    """A key that does not go on: what has to happen first, and how many wait behind."""
    state = None if row["uuid"] is None else event_state(row["state"], row["row_state"])
    return {
        "key": row["key_text"],
        "by": _by(row, state),
        "held": bool(row["held"]),
        "target": row["target"],
        "event_id": row["uuid"],
        "state": state,
        "entity": row["entity"],
        "entity_id": row["entity_text"],
        "behind": row["behind"],
        "since": iso(row["since"]),
        "due_at": iso(row["due_at"]),
        "why": safe(": ".join(each for each in (row["reason"], row["message"]) if each)) or None,
    }


def _by(row: Row, state: str | None) -> str:
    """What has to happen first."""
    if state == "dead":
        return "a dead letter"
    if state == "unknown":
        return "an unknown outcome"
    return "an operator" if row["held"] else "an event ahead"
