"""What a command's caller is told: the refusal at the door, the end, or where to look.

Once a command is queued the only answers are its end and 202; 503 is for before.
Source: shared design, verdict, "Commands".
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ingest.arrival import Accepted
from ingest.desk import Desk
from ingest.erp_door import not_here
from ingest.problems import MEDIA_TYPE, RETRY_AFTER, problem
from ingest.purchasing.idempotency import Prefer
from ingest.waiters import Ended
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import StoreError

_TURNED_AWAY = {
    "blocked": (409, "An event before this one holds the order"),
    "paused": (503, "Writes to the ERP are paused"),
    "backlog": (429, "Too many events wait"),
}
_WITHOUT_ANSWER = {
    "expired": (504, "The command expired before it could run: it had no effect"),
    "discarded": (409, "The command was discarded: it had no effect"),
    "superseded": (409, "The command was replaced by a person with another"),
    "refused": (422, "The command was refused; its answer is no longer kept"),
}
"""By the event's end: what is told where no answer is stored."""


class Answers:
    """Answers for every command."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answered(self, outcome: Accepted, preferred: Prefer) -> Response:
        """The answer to a command that was judged; waits where it is new."""
        event = str(outcome.event_id)
        if outcome.verdict == "rejected":
            return self._rejected(outcome)
        if outcome.verdict == "conflict":
            return problem(
                422,
                "The idempotency key was used for another command",
                outcome.reason,
                more={"event_id": event},
            )
        if outcome.verdict == "duplicate":
            return await self._again(event)
        wait = preferred.seconds(self._desk.config.api.wait)
        end = await self._desk.waiters.wait(event, wait) if wait > 0 else None
        response = self._final(event, end)
        response.headers.update(preferred.applied(response.status_code))
        return response

    def _rejected(self, outcome: Accepted) -> Response:
        if outcome.rule == "unable":
            return not_here(outcome.reason)
        if outcome.rule not in _TURNED_AWAY:
            return problem(422, "The command cannot be stored", outcome.reason)
        status, title = _TURNED_AWAY[outcome.rule]
        more: dict[str, Json] = {"code": outcome.rule, **outcome.more}
        blocker = more.get("blocked_by")
        if isinstance(blocker, str) and "state" in more:
            more["status_url"] = self._status(blocker)
        after = outcome.retry_after
        if after is None and status != 409:
            after = RETRY_AFTER
        headers = {} if after is None else {"Retry-After": str(max(1, round(after)))}
        return problem(status, title, outcome.reason, headers=headers, more=more)

    async def _again(self, event: str) -> Response:
        try:
            end = await run_in_threadpool(self._desk.waiters.ended, event)
        except StoreError:
            # It was queued, so 503 would tell an untruth: where it stands is to be asked.
            return self._final(event, None)
        if end is None:
            return problem(
                409,
                "The command with this key is still running",
                headers={"Location": self._status(event), "Retry-After": "1"},
                more={"event_id": event, "status_url": self._status(event)},
            )
        return self._final(event, end)

    def _final(self, event: str, end: Ended | None) -> Response:
        headers = {"X-Event-Id": event, "Location": self._status(event)}
        if end is None:
            return self._state(202, event, "pending", headers)
        if end.answer is not None and end.status is not None:
            media = "application/json" if end.status < 400 else MEDIA_TYPE
            return Response(end.answer, end.status, headers, media_type=media)
        if end.state == "applied":
            return self._state(200, event, end.state, headers)
        if end.state not in _WITHOUT_ANSWER:
            # A dead letter is no end: a person may still bring it to one.
            return self._state(202, event, end.state, headers)
        status, title = _WITHOUT_ANSWER[end.state]
        return problem(
            end.status or status,
            title,
            headers=headers,
            more={"code": end.state, "event_id": event, "status_url": self._status(event)},
        )

    def _state(self, code: int, event: str, state: str, headers: Mapping[str, str]) -> Response:
        body: dict[str, Json] = {
            "event_id": event,
            "state": state,
            "status_url": self._status(event),
        }
        return Response(canon.dumps(body), code, headers, media_type="application/json")

    def _status(self, event: str) -> str:
        return self._desk.url(f"/events/{event}")
