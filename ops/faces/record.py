"""The record over HTTP: reports of the public views, and the seal that proves the rest."""

from __future__ import annotations

import threading
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ingest.access import OPERATOR, VIEWER
from ops import audit, reports
from ops.faces import examples
from ops.faces.page import Asked, Page, Param, Reply, Wrong, limit
from ops.filter import WrongFilter
from ops.times import instant
from sql.database import Database
from sql.seal import Head
from tidegate.clock import Clock
from tidegate.errors import ConfigError

_SINCE = Param(
    "since",
    {"type": "string", "minLength": 1, "maxLength": 40},
    "From then on: 2h ago, or 2026-11-21T06:00; where the view has something to count from",
)
_EVENT = Param(
    "event",
    {"type": "string", "minLength": 1, "maxLength": 40},
    "For a view about one event: its id",
)


class HeadBody(BaseModel):
    """A head as it was exported."""

    model_config = ConfigDict(extra="forbid", strict=True)
    seq: int = Field(ge=0, le=2**53)
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: Annotated[str, Field(max_length=40)] = ""


class VerifyBody(BaseModel):
    """Heads that were kept where who writes to the database cannot."""

    model_config = ConfigDict(extra="forbid", strict=True)
    heads: Annotated[list[HeadBody], Field(max_length=100)] = []


class RecordPages:
    """The verbs over `ops.reports` and `ops.audit`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._proving = threading.Lock()

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        kept = {"none": {}, "one": {"heads": [examples.HEAD]}}
        return [
            Page("GET", "/reports", VIEWER, "The views there are, with their columns",
                 self._views, examples.VIEWS),
            Page("GET", "/reports/{view}", VIEWER, "The rows of a view",
                 self._report, examples.REPORT, (_SINCE, _EVENT, limit(10_000, 1000)),
                 parts={"view": {"enum": [each.name for each in reports.views()]}}),
            Page("GET", "/audit/heads", VIEWER, "The newest link of the record, to keep elsewhere",
                 self._head, examples.HEAD),
            Page("POST", "/audit/verify", OPERATOR, "Prove the whole record, and say what is wrong",
                 self._verify, examples.PROOF, body=VerifyBody, sends=kept,
                 description="It reads all of it, so one goes on at a time; others get 409."),
        ]  # fmt: skip

    def _views(self, _: Asked) -> Reply:
        return Reply({"views": [_view(each) for each in reports.views()]})

    def _report(self, asked: Asked) -> Reply:
        try:
            view = reports.view_of(asked.path["view"])
        except ConfigError as error:
            raise Wrong(404, "There is no such view", str(error)) from error
        most = asked.number("limit", reports.LIMIT)
        found = reports.report(self._db, view.name, self._since(asked), most, asked.text("event"))
        return Reply({"view": view.name, "columns": list(found.columns), "rows": found.rows})

    def _since(self, asked: Asked) -> Any:
        given = asked.text("since")
        try:
            return instant(given, self._clock.now()) if given is not None else None
        except ValueError as error:
            raise WrongFilter("since", str(error)) from error

    def _head(self, _: Asked) -> Reply:
        head = audit.head(self._db)
        return Reply({"seq": head.seq, "hash": head.hash, "at": head.at})

    def _verify(self, asked: Asked) -> Reply:
        body: VerifyBody = asked.body
        if not self._proving.acquire(blocking=False):
            raise Wrong(409, "The record is being proved already", "ask again when that is done")
        try:
            heads = [Head(each.seq, each.hash, each.at) for each in body.heads]
            return Reply(audit.verify(self._db, heads))
        finally:
            self._proving.release()


def _view(view: Any) -> dict[str, Any]:
    columns = [{"name": c.name, "type": c.type, "says": c.says} for c in view.columns]
    told = {"view": view.name, "about": view.about, "note": view.note, "columns": columns}
    return told | {"since": view.since, "needs": view.needs}
