"""Requests and jobs over HTTP: what became of what was asked; pause, resume, cancel."""

from __future__ import annotations

from pydantic import Field

from ingest.access import OPERATOR, VIEWER
from ops import requests as wishes
from ops.faces import examples
from ops.faces.asking import REASON, REQUESTS, ReasonBody, queued
from ops.faces.letters import event_id
from ops.faces.page import Asked, Page, Reply, limit
from ops.replays import Replays
from sql.database import Database
from tidegate.ids import Ids


class ResumeBody(ReasonBody):
    """Why, and what is to be otherwise from now on."""

    rate: int | None = Field(default=None, ge=1, le=1_000_000, description="Letters a second")
    stop_at_error_rate: int | None = Field(default=None, ge=0, le=100)


class JobPages:
    """The verbs over `ops.replays`, and how any request stands."""

    def __init__(self, db: Database, ids: Ids) -> None:
        self._db = db
        self._jobs = Replays(db)
        self._ids = ids

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        one, why = "/replays/{request_id}", {"why": {"reason": REASON}}
        slower = {"slower": {"reason": REASON, "rate": 10}}
        return [
            Page("GET", f"{REQUESTS}/{{request_id}}", VIEWER, "How far a request has come",
                 self._request, examples.REQUEST),
            Page("GET", "/replays", VIEWER, "Jobs, the newest first",
                 self._list, {"jobs": [examples.JOB]}, (limit(),)),
            Page("GET", one, VIEWER, "A job as it stands", self._show, examples.JOB),
            Page("POST", f"{one}/pause", OPERATOR, "Send no more of a job until it is resumed",
                 self._pause, examples.ASKED, body=ReasonBody, sends=why, status=202),
            Page("POST", f"{one}/resume", OPERATOR, "Let a paused job go on",
                 self._resume, examples.ASKED, body=ResumeBody, sends=why | slower, status=202),
            Page("POST", f"{one}/cancel", OPERATOR, "End a job; what it has not sent stays dead",
                 self._cancel, examples.ASKED, body=ReasonBody, sends=why, status=202),
        ]  # fmt: skip

    def _request(self, asked: Asked) -> Reply:
        found = wishes.answer(self._db, event_id(asked, "request_id"))
        skips = [{"why": why, "count": n} for why, n in found["skips"].items()]
        return Reply(found | {"skips": skips})

    def _list(self, asked: Asked) -> Reply:
        return Reply({"jobs": self._jobs.list(asked.number("limit", 50))})

    def _show(self, asked: Asked) -> Reply:
        return Reply(self._jobs.show(event_id(asked, "request_id")))

    def _pause(self, asked: Asked) -> Reply:
        wanted = event_id(asked, "request_id")
        return queued(asked, self._jobs.pause(self._ids, asked.who, wanted, asked.body.reason))

    def _resume(self, asked: Asked) -> Reply:
        body: ResumeBody = asked.body
        given = {"rate": body.rate} if body.rate is not None else {}
        if body.stop_at_error_rate is not None:
            given["stop_at_percent"] = body.stop_at_error_rate
        wanted = event_id(asked, "request_id")
        return queued(asked, self._jobs.resume(self._ids, asked.who, wanted, body.reason, **given))

    def _cancel(self, asked: Asked) -> Reply:
        wanted = event_id(asked, "request_id")
        return queued(asked, self._jobs.cancel(self._ids, asked.who, wanted, asked.body.reason))
