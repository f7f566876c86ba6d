"""What people are told of letters, and of what was asked of them and said about them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from ingest.reports import attempt_report, iso
from ops import shown
from ops.ages import age_s
from sql.database import Row


def settled(row: Row, requests: list[Row]) -> dict[str, Any] | None:
    """How, when and by whom a letter was closed; None while it is open.

    Where the letter itself does not say, the last request that changed it does.
    """
    if row["state"] == "open":
        return None
    done = [each for each in requests if each["state"] == "done" and each["changed"]]
    last = done[-1] if done else {"actor": None, "ended_at": None, "verb": None}
    return {
        "state": row["state"],
        "by": row["closed_by"] or last["actor"],
        "at": iso(row["closed_at"] or last["ended_at"]),
    }


def request(row: Row) -> dict[str, Any]:
    """A request, as people are told of it."""
    result = json.loads(row["result"]) if row["result"] else {}
    why = result.get("skipped") or result.get("error") if isinstance(result, dict) else None
    return {
        "request_id": row["uuid"],
        "at": iso(row["at"]),
        "verb": row["verb"],
        "state": row["state"],
        "actor": row["actor"],
        "host": row["host"],
        "source": row["source"],
        "reason": shown.text(row["reason"]),
        "matched": row["matched"],
        "changed": row["changed"],
        "skipped": row["skipped"],
        "why": why if isinstance(why, str) else None,
        "ended_at": iso(row["ended_at"]),
    }


def letter(row: Row, now: datetime) -> dict[str, Any]:
    """A letter; `age_s` is of its birth, `holds` whether it keeps its key from going on."""
    return {
        "event_id": row["event_uuid"],
        "state": row["state"],
        "reason": row["reason"],
        "error_class": row["error_class"],
        "message": shown.text(row["message"]),
        "fingerprint": row["fingerprint"],
        "attempts": row["attempts"],
        "source": row["source"],
        "entity": row["entity"],
        "entity_id": row["entity_text"],
        "operation": row["operation"],
        "key": row["key_text"],
        "holds": row["row_id"] is not None and row["state"] == "open",
        "born_at": iso(row["born_at"]),
        "age_s": age_s(row["born_at"], now),
        "closed_at": iso(row["closed_at"]),
        "closed_by": row["closed_by"],
        "job": row["job"],
    }


def event(row: Row) -> dict[str, Any]:
    """The event of a letter; `placed`: whether it ever had a place in the queue."""
    return {
        "event_id": row["event_uuid"],
        "state": row["event_state"],
        "kind": row["kind"],
        "verdict": row["verdict"],
        "target": row["target"],
        "accepted_at": iso(row["accepted_at"]),
        "placed": row["key_id"] is not None,
        "ended_by": row["ended_by"],
        "edited_from": row["edited_from"],
    }


def attempt(row: Row) -> dict[str, Any]:
    """An attempt, its message without what reads like a secret."""
    return attempt_report(row) | {"message": shown.text(row["message"])}


def owner(found: list[Row]) -> str | None:
    """Whose letter it is: its own word before its group's, the newest first."""
    owners = [row for row in found if row["kind"] == "owner"]
    own = [row for row in owners if row["event_uuid"] is not None] or owners
    return (own[0]["text"] or None) if own else None


def note(row: Row) -> dict[str, Any]:
    """What somebody said; of kind `owner`, who has it since then."""
    return {
        "at": iso(row["at"]),
        "kind": row["kind"],
        "of": "letter" if row["event_uuid"] is not None else "group",
        "text": shown.text(row["text"]),
        "actor": row["actor"],
        "host": row["host"],
    }


def behind(row: Row) -> dict[str, Any]:
    """An event of the same key that has to wait."""
    return {
        "event_id": row["event_uuid"],
        "entity": row["entity"],
        "entity_id": row["entity_text"],
        "operation": row["operation"],
        "accepted_at": iso(row["accepted_at"]),
    }
