"""Problem details (RFC 9457): every error that leaves over HTTP has this form."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextvars import ContextVar

from starlette.responses import Response

from ingest.shapes import Problem
from tidegate import canon
from tidegate.canon import Json
from tidegate.telemetry import logger

_log = logger("ingest")
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5
"""Seconds that a sender is asked to wait when the database is gone."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, as the middleware has named it."""


def problem(
    status: int,
    title: str,
    detail: str = "",
    *,
    errors: Iterable[Problem] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Json] | None = None,
) -> Response:
    """A problem response; `errors` name fields by RFC 6901 pointers."""
    listed: list[Json] = [{"pointer": each.pointer, "detail": each.detail} for each in errors]
    body: dict[str, Json] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if listed:
        body["errors"] = listed
    if named := request_id.get():
        body["request_id"] = named
    return Response(
        canon.dumps(body | dict(more or {})), status, dict(headers or {}), media_type=MEDIA_TYPE
    )


def unavailable(detail: str = "the event could not be stored; send it again") -> Response:
    """Nothing was kept."""
    headers = {"Retry-After": str(RETRY_AFTER)}
    return problem(503, "The database is not available", detail, headers=headers)


def our_fault(path: str, error: Exception) -> Response:
    """Something that nobody foresaw; the log has it whole."""
    _log.error(
        "request.failed",
        path=path,
        request_id=request_id.get(),
        error=repr(error),
        exc_info=error,
    )
    return problem(500, "Something went wrong here", "it is on record; nothing was promised")


def low_disk() -> Response:
    """Too little space is left to promise anything durable."""
    headers = {"Retry-After": "60"}
    return problem(503, "The disk is nearly full", "nothing was kept", headers=headers)


def too_many(wait: float, detail: str = "more requests than were agreed on") -> Response:
    """A rate or a backlog is used up; `wait` in seconds."""
    headers = {"Retry-After": str(max(math.ceil(wait), 1))}
    return problem(429, "Too many requests", detail, headers=headers)


def unauthorized(header: str, asks: str = "") -> Response:
    """No key, or a wrong one: the answer does not tell which.

    Args:
        asks: what a sender has to do, where that is not to send a key in `header`.
    """
    detail = asks or f"send the key in {header}"
    title = "Missing or wrong key or signature" if asks else "Missing or wrong key"
    return problem(401, title, detail, headers={"WWW-Authenticate": header})


def invalid(errors: Iterable[Problem]) -> Response:
    """The body is not what this route takes."""
    return problem(422, "The body is not valid", errors=errors)
