"""Commands: a caller asks for one change, waits for its end, and may ask again with the same key.

Once a command is queued the only answers are its final outcome or 202 with where to look; 503 only
before. Source: draft-ietf-httpapi-idempotency-key-header-07 for the key and its conflicts.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ingest import keys
from ingest.arrival import Accepted, Arrival
from ingest.desk import Desk
from ingest.problems import MEDIA_TYPE, invalid, problem, unauthorized, unavailable
from ingest.requests import BODY_LIMIT, peer, read_body, traceparent
from ingest.shapes import Problem, problems_of
from ingest.waiters import Ended
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import CanonError, StoreError
from tidegate.fingerprint import digest
from tidegate.telemetry import current_traceparent, logger, span_from

HEADER = "X-API-Key"
SOURCE = "api"
ENTITY = "purchase-order-lines"
PRIORITY = 10
WAIT = 10.0
"""Seconds that a caller is kept waiting unless it says otherwise."""

LONGEST_WAIT = 60.0
_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
_log = logger("ingest")


def _iso_date(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("a date is written YYYY-MM-DD")
    return date.fromisoformat(text).isoformat()


class LineDate(BaseModel):
    """The body of a change of a purchase order line's expected receipt date."""

    model_config = ConfigDict(extra="forbid", strict=True)

    new_date: Annotated[
        str, AfterValidator(_iso_date), Field(description="YYYY-MM-DD", examples=["2026-12-01"])
    ]
    reason: Annotated[str, Field(min_length=1, max_length=500, examples=["The supplier is late"])]
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255)] | None = None


class LineDateCommand:
    """`POST /api/v1/purchasing/po/{po_id}/lines/{line_no}/date`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._options = desk.config.entity(ENTITY)

    async def __call__(self, request: Request) -> Response:
        """Queue one command, wait for its end."""
        owner = self._desk.keys.owner(request.headers.get(HEADER))
        if owner is None:
            return unauthorized(HEADER)
        raw = await read_body(request)
        if raw is None:
            return problem(413, "The body is too large", f"at most {BODY_LIMIT} bytes are taken")
        parsed = _parse(raw)
        if isinstance(parsed, Response):
            return parsed
        key = _idempotency_key(request, parsed)
        if isinstance(key, Response):
            return key
        where = _line(request)
        if isinstance(where, Response):
            return where
        with span_from(traceparent(request), "ingest.command", entity=ENTITY, key=where[0]):
            arrival = self._arrival(request, owner, key, parsed, where, current_traceparent())
            outcome = await self._desk.accept(arrival)
        if isinstance(outcome, StoreError):
            return unavailable("the command was not queued; send it again with the same key")
        _log.info(
            "command",
            entity=ENTITY,
            key=arrival.entity_text,
            verdict=outcome.verdict,
            event_id=str(outcome.event_id),
        )
        return await self._answered(request, outcome)

    def _arrival(
        self,
        request: Request,
        owner: str,
        key: str,
        dto: LineDate,
        where: tuple[str, int],
        trace: str | None,
    ) -> Arrival:
        po, line_no = where
        content: dict[str, Json] = {
            "po": po,
            "line_no": line_no,
            "new_date": dto.new_date,
            "reason": dto.reason,
        }
        body = canon.dumps(content)
        key_hash, key_text = keys.purchase_order_key(po)
        return Arrival(
            delivery_id=self._desk.ids.uuid(),
            event_id=self._desk.ids.uuid(),
            source=SOURCE,
            entity=ENTITY,
            kind="command",
            dedup="id",
            order=self._options.order,
            operation="update",
            channel="command",
            body=body,
            media_type="application/json",
            config_version=self._desk.config.version,
            entity_text=f"{po}/{line_no}",
            content_hash=digest("POST", "po.line.date", po, str(line_no), body),
            key_hash=key_hash,
            key_text=key_text,
            message_key=keys.idempotency_key(owner, key),
            message_id=key,
            owner=owner,
            priority=PRIORITY,
            trace=trace,
            peer=peer(request),
        )

    async def _answered(self, request: Request, outcome: Accepted) -> Response:
        event = str(outcome.event_id)
        if outcome.verdict == "rejected":
            return problem(422, "The command cannot be stored", outcome.reason)
        if outcome.verdict == "conflict":
            return problem(
                422,
                "The idempotency key was used for another command",
                outcome.reason,
                more={"event_id": event},
            )
        if outcome.verdict == "duplicate":
            return self._again(event)
        wait = _wait(request)
        end = await self._desk.waiters.wait(event, wait) if wait > 0 else None
        return self._final(event, end)

    def _again(self, event: str) -> Response:
        try:
            end = self._desk.waiters.ended(event)
        except StoreError:
            return unavailable()
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
        if end is not None and end.answer is not None and end.status is not None:
            media = "application/json" if end.status < 400 else MEDIA_TYPE
            return Response(end.answer, end.status, headers, media_type=media)
        state = "pending" if end is None else end.state
        body: dict[str, Json] = {
            "event_id": event,
            "state": state,
            "status_url": self._status(event),
        }
        return Response(canon.dumps(body), 202, headers, media_type="application/json")

    def _status(self, event: str) -> str:
        return self._desk.url(f"/events/{event}")


def _parse(raw: bytes) -> LineDate | Response:
    try:
        value = canon.parse(raw)
    except CanonError as error:
        return invalid([Problem(error.pointer, str(error))])
    if not isinstance(value, dict):
        return invalid([Problem("", "the body must be an object")])
    try:
        return LineDate.model_validate(value)
    except ValidationError as error:
        return invalid(problems_of(error))


def _idempotency_key(request: Request, dto: LineDate) -> str | Response:
    header = request.headers.get("Idempotency-Key")
    if header is not None:
        header = _unquoted(header.strip())
        if header is None or not _KEY.match(header):
            return problem(400, "The Idempotency-Key is not usable", "1 to 255 visible characters")
        if dto.idempotency_key not in (None, header):
            return invalid([Problem("/idempotency_key", "differs from the header Idempotency-Key")])
        return header
    if dto.idempotency_key is None:
        detail = "send the header Idempotency-Key, or idempotency_key in the body"
        return problem(400, "There is no idempotency key", detail)
    return dto.idempotency_key


def _unquoted(text: str) -> str | None:
    """A structured-field string, or the bare text that many clients send."""
    if not text.startswith('"'):
        return text
    if len(text) < 2 or not text.endswith('"'):
        return None
    return re.sub(r"\\([\"\\])", r"\1", text[1:-1])


def _line(request: Request) -> tuple[str, int] | Response:
    """The line's address; `?po=` stands in for a number that proxies would mangle."""
    po = request.query_params.get("po") or request.path_params["po_id"]
    line_no = request.path_params["line_no"]
    if not 0 < len(po) <= 100 or not po.isprintable():
        return problem(404, "There is no such purchase order")
    if not re.fullmatch(r"[0-9]{1,9}", line_no):
        return problem(404, "There is no such line", "a line number is a whole number")
    return po, int(line_no)


def _wait(request: Request) -> float:
    prefer = request.headers.get("Prefer", "")
    if re.search(r"\brespond-async\b", prefer):
        return 0.0
    match = re.search(r"\bwait=(\d{1,4})\b", prefer)
    return min(float(match[1]), LONGEST_WAIT) if match else WAIT
