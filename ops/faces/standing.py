"""What stands still, over HTTP: order keys that are held, adapters and entities that are paused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ingest.access import OPERATOR, VIEWER
from ops import blocked, pauses
from ops import requests as wishes
from ops.faces import examples
from ops.faces.asking import REASON, ReasonBody, queued
from ops.faces.page import Asked, Page, Reply, Wrong, limit
from ops.times import moment, seconds
from sql.database import Database
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.ids import Ids

_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Word = Annotated[str, Field(min_length=1, max_length=40)]


class KeyBody(ReasonBody):
    """An order key, or an event that has it, and why."""

    key: Annotated[str, Field(min_length=1, max_length=400)]


class PlaceBody(BaseModel):
    """An adapter, an entity of it, and why; unset: every one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    target: _Name | None = None
    entity: _Name | None = None
    reason: Annotated[str, Field(min_length=1, max_length=pauses.LONGEST_REASON)]


class PauseBody(PlaceBody):
    """The same, and when it ends by itself."""

    until: _Word | None = Field(default=None, description="2026-11-22T06:00, UTC unless said")
    lasts: _Word | None = Field(default=None, description="90s, 30m, 2h, 1d in place of until")


class StandingPages:
    """The verbs over `ops.blocked` and `ops.pauses`."""

    def __init__(self, db: Database, config: Config, clock: Clock, ids: Ids) -> None:
        self._db = db
        self._config = config
        self._clock = clock
        self._ids = ids

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        key = {"key": {"key": "po:106001", "reason": REASON}}
        place: dict[str, Any] = {"target": "sandbox", "reason": "the ERP is moved"}
        return [
            Page("GET", "/blocked", VIEWER, "Order keys that do not go on, and why",
                 self._blocked, {"keys": [examples.BLOCKED]}, (limit(),)),
            Page("POST", "/blocked/hold", OPERATOR, "Let no further event of a key run",
                 lambda asked: self._mark("hold", asked), examples.ASKED,
                 body=KeyBody, sends=key, status=202),
            Page("POST", "/blocked/release", OPERATOR, "Let a key that is held go on",
                 lambda asked: self._mark("release", asked), examples.ASKED,
                 body=KeyBody, sends=key, status=202),
            Page("GET", "/pauses", VIEWER, "What stands still now, and why",
                 lambda _: Reply({"pauses": pauses.listed(self._db)}), examples.PAUSES),
            Page("POST", "/pauses/pause", OPERATOR, "Let nothing of an adapter reach the ERP",
                 self._pause, examples.PAUSES, body=PauseBody,
                 sends={"while": place | {"lasts": "2h"}}),
            Page("POST", "/pauses/resume", OPERATOR, "End what a person or a refused login paused",
                 self._resume, examples.RESUMED, body=PlaceBody, sends={"place": place}),
        ]  # fmt: skip

    def _blocked(self, asked: Asked) -> Reply:
        return Reply({"keys": blocked.listed(self._db, asked.number("limit", 50))})

    def _mark(self, verb: str, asked: Asked) -> Reply:
        body: KeyBody = asked.body
        found = blocked.find_keys(self._db, body.key)
        if not found:
            raise Wrong(404, "There is no such order key")
        if len(found) > 1:
            raise Wrong(409, "Several keys go by that", "give an event's id")
        wish = wishes.Wish(verb, body.reason, {"key_id": found[0]["id"]})
        return queued(asked, wishes.ask(self._db, self._ids, asked.who, wish))

    def _pause(self, asked: Asked) -> Reply:
        body: PauseBody = asked.body
        now = self._clock.now()
        until = _ends(body, now)
        self._still(asked).pause(_place(body), body.reason, until, now)
        return Reply({"pauses": pauses.listed(self._db)})

    def _resume(self, asked: Asked) -> Reply:
        body: PlaceBody = asked.body
        ended = self._still(asked).resume(_place(body), body.reason)
        if not ended:
            raise Wrong(404, "That was not paused")
        return Reply({"ended": ended, "pauses": pauses.listed(self._db)})

    def _still(self, asked: Asked) -> pauses.Pauses:
        return pauses.Pauses(self._db, self._config, asked.who)


def _place(body: PlaceBody) -> pauses.Place:
    return pauses.Place(body.target, body.entity)


def _ends(body: PauseBody, now: datetime) -> datetime | None:
    if body.until is not None and body.lasts is not None:
        raise Wrong(422, "The body is not valid", "until and lasts exclude each other")
    try:
        if body.lasts is not None:
            return now + timedelta(seconds=seconds(body.lasts))
        return moment(body.until) if body.until is not None else None
    except ValueError as error:
        raise Wrong(422, "The body is not valid", str(error)) from error
