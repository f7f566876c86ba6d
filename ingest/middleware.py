"""What every answer of a port carries, whoever gave it: a request id and headers for browsers."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any, TypeAlias

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ingest.problems import our_fault, problem, request_id
from tidegate.ids import Ids

_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_HEADER = b"x-request-id"
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_NO_STORE = (b"cache-control", b"no-store")
_NO_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")

_Headers: TypeAlias = list[tuple[bytes, bytes]]

_METHODS = ("GET", "POST")
_TAKEN = (
    "X-API-Key",
    "X-Actor",
    "X-Request-Id",
    "Idempotency-Key",
    "Prefer",
    "Traceparent",
    "Content-Type",
)
_SHOWN = ("Location", "Retry-After", "Preference-Applied", "X-Request-Id", "X-Event-Id")


def guarded(
    app: ASGIApp, ids: Ids, *, proxies: Collection[str] = (), origins: Collection[str] = ()
) -> ASGIApp:
    """An application as the world may see it.

    Args:
        proxies: networks whose X-Forwarded-For and X-Forwarded-Proto count; none by default.
        origins: what pages may call it from, `*` for any; without one no CORS header is sent.
    """
    inner = _Cors(app, origins) if origins else app
    outer: ASGIApp = Guard(inner, ids)
    if proxies:
        outer = ProxyHeadersMiddleware(outer, list(proxies))  # type: ignore[arg-type, assignment]
    return outer


async def _http_problem(_: Request, error: HTTPException) -> Response:
    detail = "/docs lists every address" if error.status_code in (404, 405) else ""
    return problem(error.status_code, error.detail, detail, headers=dict(error.headers or {}))


async def _our_fault(request: Request, error: Exception) -> Response:
    return our_fault(request.url.path, error)


HANDLERS: dict[Any, Any] = {HTTPException: _http_problem, Exception: _our_fault}
"""For Starlette: what no route answers, and what one fails at, as problems."""


class Guard:
    """Names each request, and adds the headers that an answer lacks."""

    def __init__(self, app: ASGIApp, ids: Ids) -> None:
        self._app = app
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; see the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = (_HEADER, self._named(scope))
        https = scope["scheme"] == "https"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                lacking = _lacking(tuple([name for name, _ in headers]), https)
                message["headers"] = [*headers, *lacking, named]
            await send(message)

        await self._app(scope, receive, answer)

    def _named(self, scope: Scope) -> bytes:
        headers: _Headers = scope["headers"]
        given = [value for name, value in headers if name == _HEADER]
        if len(given) == 1 and _ID.fullmatch(given[0]):
            named = given[0]
        else:
            named = self._ids.token().encode()
            # The delivery keeps this header, so a drawn id is found there too.
            kept = [header for header in headers if header[0] != _HEADER] if given else headers
            scope["headers"] = [*kept, (_HEADER, named)]
        request_id.set(named.decode())
        return named


@lru_cache(256)
def _lacking(names: tuple[bytes, ...], https: bool) -> _Headers:
    """What is added to an answer with headers of these names, which are our own code's."""
    more = [*_ALWAYS, _HTTPS_ONLY] if https else [*_ALWAYS]
    # What has an etag is a file of ours, the same for everybody.
    if b"cache-control" not in names and b"etag" not in names:
        more.append(_NO_STORE)
    if _NO_CONTENT[0] not in names:
        more.append(_NO_CONTENT)
    return more


class _Cors(CORSMiddleware):
    """Starlette's, but a refusal is a problem as everywhere."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_TAKEN,
            expose_headers=_SHOWN,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        kept = {name: answer.headers[name] for name in answer.headers if name.startswith("access-")}
        detail = bytes(answer.body).decode()
        return problem(answer.status_code, "A page may not call this", detail, headers=kept)
