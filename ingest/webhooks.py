"""`POST /webhooks/…`: anything from a known sender is kept, nothing is kept twice."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ingest import stamps
from ingest.arrival import Accepted, Arrival
from ingest.arrivals import UNKNOWN_ENTITY, Came, arrive
from ingest.desk import Desk
from ingest.places import Parts
from ingest.problems import invalid, low_disk, problem, too_many, unauthorized, unavailable
from ingest.requests import Incoming, TooLarge
from ingest.rules import Rules
from ingest.shapes import Invalid
from ingest.sources import Gate
from ingest.verify import Covers, Refused, Signed
from tidegate import canon
from tidegate.bodies import json_text
from tidegate.errors import CanonError, StoreError
from tidegate.telemetry import Line, current_traceparent, logger, span_from

_log = logger("ingest")
_delivery = Line(
    "ingest",
    "delivery",
    ("entity", "event_id", "key", "rule", "source", "verdict"),
    wild="key",
)


class Webhooks:
    """One address of a source.

    Args:
        rules: the entity that the address names; None where the delivery does.
    """

    def __init__(self, desk: Desk, gate: Gate, rules: Rules | None) -> None:
        self._desk = desk
        self._gate = gate
        self._rules = rules
        self._name = rules.name if rules else UNKNOWN_ENTITY
        self._by_key_alone = gate.by_key_alone
        self._events = canon.text(desk.url("/events/"))[:-1]

    async def receive(self, request: Incoming) -> Response:
        """Accept one delivery."""
        if self._desk.disk.low():
            return low_disk()
        covers: Covers | Response | None = None
        if self._by_key_alone:
            # The key is in a header, so a stranger's body is not even read.
            covers = self._verified(request, b"")
            if isinstance(covers, Response):
                return covers
        body = await request.body(self._desk.body_limit)
        if isinstance(body, TooLarge):
            self._note(request, "too_large", 413)
            return problem(413, "The body is too large", body.detail)
        if covers is None:
            covers = self._verified(request, body)
        if isinstance(covers, Response):
            return covers
        wait = self._desk.limits.source(self._gate.name)
        if wait is not None:
            self._note(request, "rate_limited", 429)
            return too_many(wait)
        return await self._accept(request, body, covers)

    async def _accept(self, request: Incoming, body: bytes, covers: Covers) -> Response:
        with span_from(request.traceparent(), "ingest.webhook", entity=self._name):
            arrival, wrong = self._arrival(request, body, covers)
            if isinstance(arrival, Response):
                return arrival
            outcome = await self._desk.accept(arrival)
        if isinstance(outcome, StoreError):
            return unavailable()
        if wrong is not None:
            return invalid(wrong.problems)
        self._tell(arrival, outcome)
        return self._answer(outcome)

    def _verified(self, request: Incoming, body: bytes) -> Covers | Response:
        signed = Signed(request.pairs, request.query, body)
        checked = self._gate.verifier.verify(signed, self._desk.clock.now().timestamp())
        if isinstance(checked, Refused):
            self._note(request, checked.reason, 401)
            verifier = self._gate.verifier
            return unauthorized(verifier.challenge, verifier.asks)
        return checked.covers

    def _arrival(
        self, request: Incoming, body: bytes, covers: Covers
    ) -> tuple[Arrival | Response, Invalid | None]:
        came = self._came(request, body)
        if not self._gate.source.lenient and "json" not in came.media_type.lower():
            self._note(request, "media_type", 415)
            return problem(
                415, "The body must be JSON", "send Content-Type: application/json"
            ), None
        try:
            value = canon.parse(json_text(body, came.media_type))
        except CanonError as error:
            return self._unread(came, f"{error} at {error.pointer or 'the document'}")
        parts = Parts(request.pairs, request.query, value)
        rules = self._rules or self._gate.pick(parts, covers)
        if isinstance(rules, str):
            return self._unread(came, rules)
        return arrive(came, parts, rules, covers)

    def _unread(self, came: Came, reason: str) -> tuple[Arrival, Invalid | None]:
        """A body that no rule can even be tried on: kept, or refused where the source is strict."""
        options = self._rules.options if self._rules else None
        where = (self._gate.name, self._name, options)
        if self._gate.source.lenient:
            return came.arrival(*where, unknown=reason), None
        return came.arrival(*where, refused=f"shape: {reason}"), Invalid.of("", reason)

    def _came(self, request: Incoming, body: bytes) -> Came:
        desk = self._desk
        return Came(
            body,
            request.media_type(),
            request.peer(),
            current_traceparent(),
            desk.config.version,
            desk.clock.now(),
            desk.ids.two_texts,
        )

    def _note(self, request: Incoming, reason: str, status: int) -> None:
        self._desk.refusals.note(self._gate.name, self._name, reason, status, request.peer())

    def _tell(self, arrival: Arrival, outcome: Accepted) -> None:
        _delivery.tell(
            arrival.entity,
            outcome.event_id,
            arrival.entity_text,
            outcome.rule,
            arrival.source,
            outcome.verdict,
        )
        if arrival.stamp is None and arrival.stamp_text and stamps.parse(arrival.stamp_text):
            _log.warning("stamp.ahead", key=arrival.entity_text, stamp=arrival.stamp_text)

    def _answer(self, outcome: Accepted) -> Response:
        if outcome.verdict == "rejected":
            return problem(422, "The delivery cannot be stored", outcome.reason)
        # Every part is an id or a word of ours, and the address was made fit for JSON at start.
        event = f'"{outcome.event_id}"' if outcome.event_id else "null"
        body = (
            f'{{"event_id":{event},"delivery_id":"{outcome.delivery_id}",'
            f'"verdict":"{outcome.verdict}","status_url":{self._status_url(outcome.event_id)}}}'
        )
        return _Taken(body.encode())

    def _status_url(self, event_id: str | None) -> str:
        return f'{self._events}{event_id}"' if event_id else "null"


class _Taken(Response):
    """202 with a body of JSON; made without the general one's care for headers and charsets."""

    media_type = "application/json"

    def __init__(self, body: bytes) -> None:
        self.status_code = 202
        self.background = None
        self.body = body
        self.raw_headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
