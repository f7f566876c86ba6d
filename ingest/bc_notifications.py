"""Business Central's notifications: thin signals, in batches, known by their `clientState` alone.

Only 200, 408, 429 and 5xx may leave this address: at any other code Business Central deletes the
subscription. So what is not from a subscription of ours is counted and answered 200 like the rest.
Source: shared facts on Business Central, section 6. Creating and renewing subscriptions, and the
pull that catches up on them, will stand beside this module.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from starlette.responses import Response

from ingest.arrival import Arrival
from ingest.arrivals import Came, arrive
from ingest.desk import Desk
from ingest.places import Parts
from ingest.problems import low_disk, problem, too_many, unavailable
from ingest.requests import Incoming, TooLarge
from ingest.rules import Rules
from ingest.sources import Gate
from ingest.verify import Covers
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import CanonError, StoreError
from tidegate.telemetry import current_traceparent, logger, span_from

LONGEST_TOKEN = 2048
_SECRET = "clientState"
_KNOWN = Covers(body=True, query=False, headers=frozenset())
_log = logger("ingest")


class Notifications:
    """The address that subscriptions name."""

    def __init__(self, desk: Desk, gate: Gate, rules: Rules) -> None:
        self._desk = desk
        self._gate = gate
        self._rules = rules

    async def receive(self, request: Incoming) -> Response:
        """Shake hands, or accept every notification of a batch."""
        token = Parts(query=request.query).find("query:validationToken")
        if token is not None:
            return Response(token[:LONGEST_TOKEN], 200, media_type="text/plain")
        if self._desk.disk.low():
            return low_disk()
        body = await request.body(self._desk.body_limit)
        if isinstance(body, TooLarge):
            self._note(request, "too_large", 503)
            headers = {"Retry-After": "3600"}
            return problem(503, "The body is too large", body.detail, headers=headers)
        known = self._known(request, body)
        if not known:
            return Response(status_code=200)
        wait = self._desk.limits.source(self._gate.name)
        if wait is not None:
            self._note(request, "rate_limited", 429)
            return too_many(wait)
        with span_from(request.traceparent(), "ingest.notifications", entity=self._rules.name):
            outcomes = await asyncio.gather(
                *(self._desk.accept(self._arrival(request, each)) for each in known)
            )
        # What is committed is a duplicate when the batch comes again, so all of it may.
        if any(isinstance(each, StoreError) for each in outcomes):
            return unavailable("the notifications could not be stored; send them again")
        _log.info("notifications", source=self._gate.name, accepted=len(outcomes))
        return Response(status_code=200)

    def _known(self, request: Incoming, body: bytes) -> list[dict[str, Json]]:
        """The notifications that carry our secret, without it; the others are counted."""
        try:
            value = canon.parse(body)
        except CanonError:
            value = None
        items = value.get("value") if isinstance(value, dict) else None
        if not isinstance(items, list):
            self._note(request, "malformed", 200)
            return []
        known: list[dict[str, Json]] = []
        for item in items:
            if isinstance(item, dict) and self._ours(item.get(_SECRET)):
                known.append({name: inner for name, inner in item.items() if name != _SECRET})
            else:
                self._note(request, "mismatch", 200)
        return known

    def _ours(self, given: Json) -> bool:
        return isinstance(given, str) and self._gate.verifier.client_state(given)

    def _arrival(self, request: Incoming, item: dict[str, Json]) -> Arrival:
        desk = self._desk
        came = Came(
            canon.dumps(item),
            "application/json",
            request.peer(),
            current_traceparent(),
            desk.config.version,
            desk.clock.now(),
            desk.ids.two_texts,
        )
        arrival, wrong = arrive(came, Parts(body=item), self._rules, _KNOWN)
        # A refusal would end the subscription: what cannot be read is kept for a person.
        if wrong is None:
            return arrival
        return replace(arrival, refused=None, unknown=wrong.problems[0].detail)

    def _note(self, request: Incoming, reason: str, status: int) -> None:
        name = self._rules.name
        self._desk.refusals.note(self._gate.name, name, reason, status, request.peer())
