"""Who calls: the owner of the API key, and the person whom the caller says it acts for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response

from ingest.access import VIEWER, Holder, Known
from ingest.access_log import REFUSED, Access
from ingest.desk import Desk
from ingest.places import fitting
from ingest.problems import problem, request_id, too_many, unauthorized
from ingest.refusals import API
from ingest.requests import Incoming

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

HEADER = "X-API-Key"
ACTOR = "X-Actor"
LONGEST_ACTOR = 200


class UnusableActor(ValueError):
    """`X-Actor` is too long, or holds what cannot be printed."""


def admitted(desk: Desk, request: Request, needs: str = VIEWER) -> str | Response:
    """The owner of the API key, or the answer to who has none, may not, or asks too often.

    Args:
        needs: the role that it takes, or one that may do more.
    """
    holder = known(desk, request, "purchasing")
    if isinstance(holder, Response):
        return holder
    if not holder.may(needs):
        return forbidden(request, holder, needs)
    wait = desk.limits.owner(holder.owner)
    if wait is None:
        return holder.owner
    _note(desk, request, "purchasing", "rate_limited", 429)
    return too_many(wait)


def known(desk: Desk, request: Request, what: str) -> Holder | Response:
    """Whose key came with the request, or the answer to a stranger; `what` names the part asked."""
    found = desk.keys.look(request.headers.get(HEADER))
    request.state.known = found
    if isinstance(found, Holder):
        return found
    _note(desk, request, what, found.why if found else "unauthorized", 401)
    return unauthorized(HEADER)


def forbidden(request: Request, holder: Holder, needs: str) -> Response:
    """The answer to who is known and may not; it names the role that it takes."""
    request.state.refused = f"needs {needs}"
    detail = f"it takes the role {needs}; this key's is {holder.role}"
    return problem(403, "This key may not do that", detail, more={"role_needed": needs})


def on_record(
    desk: Desk, face: str, path: str, endpoint: Endpoint, *, refused_only: bool = False
) -> Endpoint:
    """The endpoint, with a row in `access_log` for what it answers.

    Args:
        path: the route, as the row names it.
    """
    named = path.replace(":path}", "}")

    async def recorded(request: Request) -> Response:
        status = 500
        try:
            response = await endpoint(request)
            status = response.status_code
        finally:
            if not refused_only or status in REFUSED:
                desk.access.note(_access(face, named, request, status))
        return response

    return recorded


def _access(face: str, path: str, request: Request, status: int) -> Access:
    known: Known = getattr(request.state, "known", None)
    why: str | None = getattr(request.state, "refused", None)
    return Access(
        face,
        request.method,
        path,
        status,
        owner=known.owner if known else None,
        role=known.role if known else None,
        remote=request.client.host if request.client else None,
        request_id=request_id.get() or None,
        reason=why,
    )


def _note(desk: Desk, request: Request, what: str, reason: str, status: int) -> None:
    request.state.refused = reason
    peer = Incoming(request.scope, request.receive).peer()
    desk.refusals.note(API, what, reason, status, peer)


def actor(request: Request) -> str | None:
    """The name in `X-Actor`, None without one. Raises `UnusableActor`.

    Headers carry bytes: a name comes as UTF-8, or percent-encoded, or in ISO 8859-1.
    """
    raw = b", ".join(v for k, v in request.headers.raw if k == ACTOR.lower().encode())
    if not raw.strip():
        return None
    name = (_utf8(unquote_to_bytes(raw)) or _utf8(raw) or raw.decode("latin-1")).strip()
    if fitting(name, LONGEST_ACTOR) != name or not name.isprintable():
        raise UnusableActor(f"1 to {LONGEST_ACTOR} printable characters")
    return name


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
