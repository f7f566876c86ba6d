"""`POST /webhooks/{entity}`: anything from a known sender is kept, nothing is kept twice."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from starlette.requests import Request
from starlette.responses import Response

from ingest import keys, shapes, stamps
from ingest.arrival import Accepted, Arrival
from ingest.desk import Desk
from ingest.problems import invalid, problem, unauthorized, unavailable
from ingest.requests import BODY_LIMIT, peer, read_body, traceparent
from ingest.shapes import Invalid, Record, UnknownShape
from ingest.zoho import ENTITIES, ZohoEntity
from tidegate import canon
from tidegate.canon import Json
from tidegate.config_tables import Entity
from tidegate.errors import StoreError
from tidegate.fingerprint import content_hash
from tidegate.telemetry import current_traceparent, logger, span_from

SOURCE = "zoho"
HEADER = "X-Webhook-Key"
PRIORITY = 100

_log = logger("ingest")


class Webhooks:
    """The route of one entity of Zoho."""

    def __init__(self, desk: Desk, entity: str) -> None:
        self._desk = desk
        self._name = entity
        self._zoho: ZohoEntity = ENTITIES[entity]
        self._options: Entity = desk.config.entity(entity)

    async def __call__(self, request: Request) -> Response:
        """Accept one delivery."""
        if not self._desk.keys.opens_webhooks(request.headers.get(HEADER)):
            return unauthorized(HEADER)
        body = await read_body(request)
        if body is None:
            return problem(413, "The body is too large", f"at most {BODY_LIMIT} bytes are taken")
        with span_from(traceparent(request), "ingest.webhook", entity=self._name):
            arrival, refusal = self._arrival(request, body, current_traceparent())
            outcome = await self._desk.accept(arrival)
        if isinstance(outcome, StoreError):
            return unavailable()
        if refusal is not None:
            return refusal
        _log.info(
            "delivery",
            entity=self._name,
            key=arrival.entity_text,
            verdict=outcome.verdict,
            rule=outcome.rule,
            event_id=str(outcome.event_id),
        )
        return self._answer(outcome)

    def _answer(self, outcome: Accepted) -> Response:
        if outcome.verdict == "rejected":
            return problem(422, "The delivery cannot be stored", outcome.reason)
        body: dict[str, Json] = {
            "event_id": str(outcome.event_id) if outcome.event_id else None,
            "delivery_id": str(outcome.delivery_id),
            "verdict": outcome.verdict,
            "status_url": self._desk.url(f"/events/{outcome.event_id}"),
        }
        return Response(canon.dumps(body), 202, media_type="application/json")

    def _arrival(
        self, request: Request, body: bytes, trace: str | None
    ) -> tuple[Arrival, Response | None]:
        read = shapes.read(body, self._zoho)
        bare = self._bare(request, body, trace)
        match read:
            case Record():
                return self._recognised(bare, read), None
            case UnknownShape():
                return replace(bare, unknown=read.reason), None
            case Invalid():
                first = read.problems[0]
                reason = f"envelope: {first.detail} at {first.pointer}"
                return replace(bare, refused=reason), invalid(read.problems)
            case _:
                assert_never(read)

    def _bare(self, request: Request, body: bytes, trace: str | None) -> Arrival:
        return Arrival(
            delivery_id=self._desk.ids.uuid(),
            event_id=self._desk.ids.uuid(),
            source=SOURCE,
            entity=self._name,
            kind=self._options.kind,
            dedup=self._options.dedup,
            order=self._options.order,
            operation="update",
            channel="shape",
            body=body,
            media_type=_media_type(request),
            config_version=self._desk.config.version,
            priority=PRIORITY,
            trace=trace,
            peer=peer(request),
        )

    def _recognised(self, bare: Arrival, record: Record) -> Arrival:
        stamp_text = self._stamp_text(record.content)
        stamp = stamps.parse(stamp_text) if stamp_text else None
        if stamp is not None and not stamps.believable(stamp, self._desk.clock.now()):
            _log.warning("stamp.ahead", entity=self._name, key=record.entity_id, stamp=stamp_text)
            stamp = None
        hashed = content_hash(
            record.operation,
            stamp.text() if stamp else stamp_text,
            record.content,
            volatile=self._options.volatile,
            ids=self._zoho.ids,
        )
        key_hash, key_text = keys.entity_order_key(SOURCE, self._name, record.entity_id)
        return replace(
            bare,
            operation=record.operation,
            channel=record.channel,
            pointer=record.pointer,
            entity_text=record.entity_id,
            content_hash=hashed,
            stamp=stamp,
            stamp_text=(stamp.text() if stamp else stamp_text),
            head_hash=keys.head_hash(SOURCE, self._name, record.entity_id),
            key_hash=key_hash,
            key_text=key_text,
            message_id=record.message_id,
            # The static key covers the whole request, the id in it included.
            message_key=keys.message_key(
                SOURCE, record.message_id, signed=True, content_hash=hashed
            )
            if record.message_id
            else None,
        )

    def _stamp_text(self, content: dict[str, Json]) -> str | None:
        value = content.get(self._zoho.stamp_field) if self._zoho.stamp_field else None
        return value.strip()[:40] if isinstance(value, str) and value.strip() else None


def _media_type(request: Request) -> str:
    given = request.headers.get("content-type", "application/json")
    return given[:100] if given.isascii() else "application/octet-stream"
