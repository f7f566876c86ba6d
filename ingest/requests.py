"""What routes read of a request: its body up to a limit, who sent it, and its trace."""

from __future__ import annotations

import json
import os

from starlette.requests import Request

from ingest.arrival import Peer
from tidegate.telemetry import new_traceparent

BODY_LIMIT = 1024 * 1024
_KEPT_HEADERS = ("content-type", "content-length", "x-request-id", "date")


async def read_body(request: Request) -> bytes | None:
    """The body, or None where it is over the limit."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > BODY_LIMIT:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_LIMIT:
            return None
        parts.append(part)
    return b"".join(parts)


def peer(request: Request) -> Peer:
    """Who sent it; only headers of an allow-list are kept."""
    kept = {name: request.headers[name][:400] for name in _KEPT_HEADERS if name in request.headers}
    agent = request.headers.get("user-agent")
    return Peer(
        request.client.host if request.client else None,
        agent[:400] if agent else None,
        json.dumps(kept),
    )


def traceparent(request: Request) -> str:
    """The caller's trace where it sends one, else a new one."""
    given = request.headers.get("traceparent", "")
    return given if len(given) == 55 else new_traceparent(os.urandom)
