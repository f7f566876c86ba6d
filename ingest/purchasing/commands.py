"""Commands: a caller asks for one change, waits for its end, and may ask again with the same key.

Everything is validated before anything is queued; what comes after is in `answers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ingest import keys
from ingest.access import OPERATOR
from ingest.arrival import Arrival
from ingest.desk import Desk
from ingest.problems import invalid, low_disk, problem, unavailable
from ingest.purchasing.address import line_address
from ingest.purchasing.answers import Answers
from ingest.purchasing.caller import ACTOR, UnusableActor, actor, admitted
from ingest.purchasing.dtos import Asked
from ingest.purchasing.idempotency import UnusableKey, header_key, prefer
from ingest.requests import Incoming, TooLarge
from ingest.shapes import Problem, problems_of
from tidegate import canon
from tidegate.canon import Json
from tidegate.errors import CanonError, StoreError
from tidegate.fingerprint import digest
from tidegate.telemetry import current_traceparent, logger, span_from

SOURCE = "api"
PRIORITY = 10
_log = logger("ingest")


@dataclass(frozen=True, slots=True)
class Asking:
    """One command of the API.

    Args:
        name: as it stands in the stored content.
        path: below the API's base.
        capability: what the adapter calls it.
        entity: whose options hold for it.
        route: its part in the fingerprint; never changed, or a caller's key would be refused.
        model: what its body must be.
    """

    name: str
    path: str
    capability: str
    entity: str
    route: str
    model: type[Asked]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command as it was asked for, every part of it valid.

    Args:
        ids: the ids in the route.
        content: what is asked, the key and who asks left out.
    """

    key: str
    po: str
    ids: tuple[str, ...]
    content: Mapping[str, Json]
    actor: str | None


class PurchasingCommand:
    """The endpoint of one command."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        self._desk = desk
        self._asking = asking
        self._options = desk.config.entity(SOURCE, asking.entity)
        self._answers = Answers(desk)

    async def post(self, request: Request) -> Response:
        """Queue one command, wait for its end."""
        owner = admitted(self._desk, request, OPERATOR)
        if isinstance(owner, Response):
            return owner
        if self._desk.disk.low():
            return low_disk()
        incoming = Incoming(request.scope, request.receive)
        wanted = await self._wanted(request, incoming)
        if isinstance(wanted, Response):
            return wanted
        preferred = prefer(request)
        with span_from(
            incoming.traceparent(), "ingest.command", entity=self._asking.entity, key=wanted.po
        ):
            arrival = self._arrival(
                incoming, owner, wanted, preferred.respond_async, current_traceparent()
            )
            outcome = await self._desk.accept(arrival)
        if isinstance(outcome, StoreError):
            return unavailable("nothing is promised; send the command again with the same key")
        _log.info(
            "command",
            entity=self._asking.entity,
            key=arrival.entity_text,
            verdict=outcome.verdict,
            rule=outcome.rule,
            event_id=str(outcome.event_id),
        )
        return await self._answers.answered(outcome, preferred)

    async def _wanted(self, request: Request, incoming: Incoming) -> Wanted | Response:
        where = line_address(request) if "line_no" in request.path_params else None
        if isinstance(where, Response):
            return where
        if not _is_json(incoming):
            return problem(415, "The body must be JSON", "send Content-Type: application/json")
        try:
            raw = await incoming.body(self._desk.body_limit)
        except ClientDisconnect:
            return problem(400, "The body did not come whole")
        if isinstance(raw, TooLarge):
            return problem(413, "The body is too large", raw.detail)
        dto = _parsed(raw, self._asking.model)
        if isinstance(dto, Response):
            return dto
        key = _key(request, dto)
        if isinstance(key, Response):
            return key
        try:
            name = actor(request)
        except UnusableActor as error:
            return problem(400, f"The {ACTOR} is not usable", str(error))
        said = dto.model_dump(exclude_none=True, exclude={"idempotency_key"})
        if where is not None:
            said |= {"po": where[0], "line_no": where[1]}
        po = str(said["po"])
        ids = (po,) if where is None else (po, str(where[1]))
        return Wanted(key, po, ids, said, name)

    def _arrival(
        self,
        incoming: Incoming,
        owner: str,
        wanted: Wanted,
        respond_async: bool,
        trace: str | None,
    ) -> Arrival:
        stored: dict[str, Json] = {**wanted.content, "command": self._asking.name}
        if wanted.actor is not None:
            stored["actor"] = wanted.actor
        key_hash, key_text = keys.purchase_order_key(wanted.po)
        said = canon.dumps(dict(wanted.content))
        return Arrival(
            delivery_id=self._desk.ids.text(),
            event_id=self._desk.ids.text(),
            source=SOURCE,
            entity=self._asking.entity,
            kind="command",
            dedup="id",
            order=self._options.order,
            operation="update",
            channel="command",
            body=canon.dumps(stored),
            media_type="application/json",
            config_version=self._desk.config.version,
            entity_text="/".join(wanted.ids),
            content_hash=digest("POST", self._asking.route, *wanted.ids, said),
            key_hash=key_hash,
            key_text=key_text,
            message_key=keys.idempotency_key(owner, wanted.key),
            message_id=wanted.key,
            owner=owner,
            priority=PRIORITY,
            trace=trace,
            deadline_s=self._options.deadline,
            respond_async=respond_async,
            off=self._options.writes == "off",
            cannot=self._desk.erp.can(self._asking.capability) if self._desk.erp else None,
            peer=incoming.peer(),
        )


def _is_json(incoming: Incoming) -> bool:
    """A body without a type is taken for JSON; one that says otherwise is believed."""
    media = incoming.media_type().partition(";")[0].strip().lower()
    return media in ("", "application/json") or media.endswith("+json")


def _parsed(raw: bytes, model: type[Asked]) -> Asked | Response:
    try:
        value = canon.parse(raw)
    except CanonError as error:
        return invalid([Problem(error.pointer, str(error))])
    if not isinstance(value, dict):
        return invalid([Problem("", "the body must be an object")])
    try:
        return model.model_validate(value)
    except ValidationError as error:
        return invalid(problems_of(error))


def _key(request: Request, dto: Asked) -> str | Response:
    try:
        given = header_key(request)
    except UnusableKey as error:
        return problem(400, "The Idempotency-Key is not usable", str(error))
    if given is None and dto.idempotency_key is None:
        detail = "send the header Idempotency-Key, or idempotency_key in the body"
        return problem(400, "There is no idempotency key", detail)
    if given is not None and dto.idempotency_key not in (None, given):
        return invalid([Problem("/idempotency_key", "differs from the header Idempotency-Key")])
    return given or dto.idempotency_key or ""
