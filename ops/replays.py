"""Jobs: requests about many letters, as they are told; pause one, let it go on, or cancel it."""

from __future__ import annotations

import json
from typing import Any

from ingest.reports import iso
from ops.bulk import VERBS
from ops.requests import NoSuchRequest, Wish, WrongRequest, ask, led, told
from ops.who import Who
from processor.ramp import Progress
from sql.database import Database, Row
from tidegate.ids import Ids

_UNSET = -1


class Replays:
    """Jobs of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list(self, limit: int = 50) -> list[dict[str, Any]]:
        """The newest jobs first."""
        return [_told(row) for row in self._db.read("jobs/list", {"n": limit})["jobs"]]

    def show(self, uuid: str) -> dict[str, Any]:
        """A job as it stands, and whether anybody leads. Raises `NoSuchRequest`."""
        found = self._db.read("requests/get", {"uuid": uuid})
        row = found["request"][0] if found["request"] else None
        if row is None or row["event_uuid"] is not None or row["verb"] not in VERBS:
            raise NoSuchRequest(f"there is no job {uuid}", next_step="tidegate replays list")
        return _told(row) | {"led": led(found["leader"])}

    def pause(self, ids: Ids, who: Who, uuid: str, reason: str) -> str:
        """Send no more of it until it is resumed; the id of this request."""
        return self._ask(ids, who, "pause", uuid, reason, {})

    def resume(
        self,
        ids: Ids,
        who: Who,
        uuid: str,
        reason: str,
        *,
        rate: int | None = None,
        stop_at_percent: int | None = _UNSET,
    ) -> str:
        """Let a paused job go on, from the stage at which it stopped; the id of this request.

        Args:
            rate: another than it had.
            stop_at_percent: likewise; None: no rule any more.
        """
        if rate is not None and rate < 1:
            raise WrongRequest("rate", "at least one letter a second")
        if stop_at_percent is not None and not _UNSET <= stop_at_percent <= 100:
            raise WrongRequest("stop-at-error-rate", "a percentage, 0 to 100")
        changed: dict[str, Any] = {} if rate is None else {"rate_per_s": rate}
        if stop_at_percent != _UNSET:
            changed["stop_at_percent"] = stop_at_percent
        return self._ask(ids, who, "resume", uuid, reason, changed)

    def cancel(self, ids: Ids, who: Who, uuid: str, reason: str) -> str:
        """End it; what it has not acted on stays as it is. The id of this request."""
        return self._ask(ids, who, "cancel", uuid, reason, {})

    def _ask(
        self, ids: Ids, who: Who, verb: str, uuid: str, reason: str, changed: dict[str, Any]
    ) -> str:
        job = self.show(uuid)
        wish = Wish(verb, reason, {"request": job["request_id"]} | changed)
        return ask(self._db, ids, who, wish)


def _told(row: Row) -> dict[str, Any]:
    result = json.loads(row["result"]) if row["result"] else {}
    progress = Progress.of(row["progress"])
    wish = _filter(row["filter"])
    return told({**row, "event_uuid": None}) | {
        "filter": wish.get("filter", {}),
        "applied": wish.get("applied"),
        "rate_per_s": row["rate_per_s"],
        "ramp": [int(each) for each in (row["ramp"] or "").split(",") if each],
        "stop_at_percent": row["stop_at_percent"],
        "phase": progress.phase if row["state"] == "running" else None,
        "stage": progress.stage,
        "ends": result.get("ends", {}),
        "under_way": progress.under_way,
        "done": row["changed"] + row["skipped"],
        "asked_at": iso(row["at"]),
    }


def _filter(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
