"""What operators ask of the leader: insert it, and see what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ingest.reports import LED_WITHIN, iso
from ops.who import Who
from sql.database import Database, Row
from tidegate.errors import TidegateError
from tidegate.ids import Ids

LONGEST_REASON = 2000


class WrongRequest(TidegateError):
    """What is asked for makes no sense; `field` is the name of what is wrong."""

    def __init__(self, field: str, message: str, *, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.field = field


class NoSuchRequest(TidegateError):
    """There is no request of that id."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: about one event, or what `filter` says.

    Args:
        rate: letters a second, of a job; `ramp` and `stop_at_percent` likewise.
    """

    verb: str
    reason: str
    filter: dict[str, Any] = field(default_factory=dict)
    event: str | None = None
    rate: int | None = None
    ramp: tuple[int, ...] = ()
    stop_at_percent: int | None = None


def ask(db: Database, ids: Ids, who: Who, wish: Wish) -> str:
    """Insert a request, which the leader carries out; its id. Raises `WrongRequest`."""
    reason = wish.reason.strip()
    if not reason:
        raise WrongRequest("reason", "say why, for the record")
    uuid = str(ids.uuid())
    row = {
        "uuid": uuid,
        "verb": wish.verb,
        "filter": json.dumps(wish.filter),
        "event_uuid": wish.event,
        "reason": reason[:LONGEST_REASON],
        "actor": who.actor[:200],
        "host": who.host,
        "source": who.source,
        "rate_per_s": wish.rate,
        "ramp": ",".join(map(str, wish.ramp)) or None,
        "stop_at_percent": wish.stop_at_percent,
    }
    db.run("requests/ask", row)
    return uuid


def answer(db: Database, uuid: str) -> dict[str, Any]:
    """How far a request has come, and whether anybody leads. Raises `NoSuchRequest`."""
    found = db.read("requests/get", {"uuid": uuid})
    if not found["request"]:
        raise NoSuchRequest(f"there is no request {uuid}")
    return told(found["request"][0]) | {"led": led(found["leader"])}


def led(leader: list[Row]) -> bool:
    """Whether somebody leads who can carry anything out."""
    return bool(leader) and bool(leader[0]["holder"]) and leader[0]["age_s"] < LED_WITHIN


def told(row: Row) -> dict[str, Any]:
    """A request as it is told: counts, and why what was skipped was."""
    result = json.loads(row["result"]) if row["result"] else {}
    skipped = result.get("skipped")
    return {
        "request_id": row["uuid"],
        "verb": row["verb"],
        "state": row["state"],
        "event_id": row.get("event_uuid"),
        "matched": row["matched"],
        "changed": row["changed"],
        "skipped": row["skipped"],
        "failed": row["failed"] or 0,
        "why": result.get("why")
        or result.get("error")
        or (skipped if isinstance(skipped, str) else None),
        "skips": skipped if isinstance(skipped, dict) else {},
        "new_event_id": result.get("event_id"),
        "reason": row["reason"],
        "actor": row["actor"],
        "host": row["host"],
        "source": row["source"],
        "asked_at": iso(row["at"]),
        "started_at": iso(row["started_at"]),
        "ended_at": iso(row["ended_at"]),
    }
