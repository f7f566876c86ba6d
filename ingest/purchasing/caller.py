"""Who calls: the owner of the API key, and the person whom the caller says it acts for."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response

from ingest.desk import Desk
from ingest.problems import too_many, unauthorized
from ingest.requests import Incoming

HEADER = "X-API-Key"
ACTOR = "X-Actor"
LONGEST_ACTOR = 200


class UnusableActor(ValueError):
    """`X-Actor` is too long, or holds what cannot be printed."""


def admitted(desk: Desk, request: Request) -> str | Response:
    """The owner of the API key, or the answer to who has none, or asks too often."""
    owner = desk.keys.owner(request.headers.get(HEADER))
    if owner is None:
        return stranger(desk, request, "purchasing")
    wait = desk.limits.owner(owner)
    if wait is None:
        return owner
    _note(desk, request, "purchasing", "rate_limited", 429)
    return too_many(wait)


def stranger(desk: Desk, request: Request, what: str) -> Response:
    """The answer to who has no key, put on record; `what` names the part that was asked."""
    _note(desk, request, what, "unauthorized", 401)
    return unauthorized(HEADER)


def _note(desk: Desk, request: Request, what: str, reason: str, status: int) -> None:
    peer = Incoming(request.scope, request.receive).peer()
    desk.refusals.note("api", what, reason, status, peer)


def actor(request: Request) -> str | None:
    """The name in `X-Actor`, None without one. Raises `UnusableActor`.

    Headers carry bytes: a name comes as UTF-8, or percent-encoded, or in ISO 8859-1.
    """
    raw = b", ".join(v for k, v in request.headers.raw if k == ACTOR.lower().encode())
    if not raw.strip():
        return None
    name = (_utf8(unquote_to_bytes(raw)) or _utf8(raw) or raw.decode("latin-1")).strip()
    if len(name) > LONGEST_ACTOR or not name.isprintable():
        raise UnusableActor(f"1 to {LONGEST_ACTOR} printable characters")
    return name


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
