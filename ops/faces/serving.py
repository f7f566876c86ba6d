"""A page as a route: who asks, whether that role may, the verb in a thread, and the answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ingest.desk import Desk
from ingest.problems import problem, unavailable
from ingest.purchasing.caller import forbidden, known, on_record
from ops.api_keys import NoSuchKey
from ops.faces.page import Page, Reply, Wrong
from ops.faces.reading import asked
from ops.filter import WrongFilter
from ops.noting import NoSuchLetter
from ops.pauses import WrongPause
from ops.requests import NoSuchRequest, WrongRequest
from tidegate.errors import (
    ConfigError,
    Conflict,
    StoreBusy,
    StoreError,
    StoreUnavailable,
    TidegateError,
)
from tidegate.redact import redact
from tidegate.telemetry import logger

FACE = "ops"
AT_ONCE = 8
"""Verbs that run side by side; the threads of ingest are others'."""

BODY_LIMIT = 1_048_576
LINES = "application/x-ndjson"

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
_log = logger("ops")


def routes(desk: Desk, pages: Iterable[Page]) -> list[Route]:
    """The pages, those without variable parts first: `/a/summary` is no `/a/{id}`."""
    limiter = anyio.CapacityLimiter(AT_ONCE)
    found = []
    for page in sorted(pages, key=lambda each: each.path.count("{")):
        endpoint = on_record(desk, FACE, page.address, _endpoint(desk, page, limiter))
        found.append(Route(page.address, endpoint, methods=[page.method]))
    return found


def _endpoint(desk: Desk, page: Page, limiter: anyio.CapacityLimiter) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        holder = known(desk, request, FACE)
        if isinstance(holder, Response):
            return holder
        if not holder.may(page.needs):
            return forbidden(request, holder, page.needs)
        try:
            wanted = await asked(page, request, holder, BODY_LIMIT)
            reply = await anyio.to_thread.run_sync(partial(page.call, wanted), limiter=limiter)
        except TidegateError as error:
            return refused(error)
        return _answer(reply)

    return endpoint


def refused(error: TidegateError) -> Response:
    """The problem that an error of a service is to its caller."""
    if isinstance(error, Wrong):
        return problem(
            error.status, error.title, error.detail, errors=error.errors, more=redact(error.more)
        )
    if isinstance(error, StoreUnavailable | StoreBusy):
        _log.error("database.gone", error=str(error), next_step=error.next_step)
        return unavailable("the database does not answer; nothing was done")
    if isinstance(error, WrongFilter | WrongRequest | WrongPause):
        return problem(422, "It cannot be done so", f"{error.field}: {_words(error)}")
    if isinstance(error, NoSuchLetter | NoSuchKey | NoSuchRequest):
        return problem(404, "There is no such thing", _words(error))
    status = 409 if isinstance(error, Conflict) else 422
    if isinstance(error, StoreError) and status != 409:
        raise error
    title = "It cannot be done so" if isinstance(error, ConfigError) else "It cannot be done"
    return problem(status, title, ": ".join(filter(None, [_words(error), error.next_step])))


def _words(error: TidegateError) -> str:
    """What an error says, fit to be sent: it may quote what the caller sent."""
    text = redact(str(error))
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _answer(reply: Reply) -> Response:
    headers = {"Location": reply.location} if reply.location else {}
    if reply.rows is not None:
        return StreamingResponse(_lines(reply.rows), media_type=LINES)
    body = reply.body if reply.masked else redact(reply.body)
    return Response(_json(body), reply.status, headers, media_type="application/json")


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield _json(redact(row)) + b"\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain).encode("utf-8", "replace")


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
