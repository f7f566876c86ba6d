"""What routes read of a request: its body up to a limit, who sent it, and its trace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from ingest.arrival import Peer
from tidegate.ids import random_bytes
from tidegate.telemetry import new_traceparent

BODY_LIMIT = 1024 * 1024
"""Bytes, unless BODY_LIMIT says otherwise."""

_KEPT_HEADERS = (b"content-type", b"content-length", b"date")
_NAMED = b"x-request-id"
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A body over the limit, which was not read to its end."""

    detail: str


class Incoming:
    """A request as ASGI hands it over, its headers read once.

    Args:
        scope: names of headers are lower-case there; of a doubled one the last is looked up.
    """

    __slots__ = ("_receive", "_scope", "headers", "pairs", "query")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self.pairs: Sequence[tuple[bytes, bytes]] = scope["headers"]
        self.headers = dict(self.pairs)
        self.query: bytes = scope["query_string"]

    def text(self, name: bytes) -> str | None:
        """A header's text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def path(self) -> str:
        """The address, without its query."""
        return str(self._scope["path"])

    async def body(self, limit: int) -> bytes | TooLarge:
        """The body, where it is at most `limit` bytes. Raises `ClientDisconnect`."""
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:20]) > limit:
            return TooLarge(f"at most {limit} bytes are taken")
        body, more = b"", True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                return TooLarge(f"at most {limit} bytes are taken")
        return body

    def peer(self) -> Peer:
        """Who sent it; only headers of an allow-list are kept."""
        headers = self.headers
        client = self._scope.get("client")
        agent = headers.get(b"user-agent")
        return Peer(
            client[0][:100] if client else None,
            agent[:_LONGEST].decode("latin-1") if agent else None,
            self._kept(),
            client,
        )

    def _kept(self) -> str:
        headers = self.headers
        rest = _as_json(tuple(map(headers.get, _KEPT_HEADERS)))
        named = headers.get(_NAMED)
        if named is None:
            return rest
        # Each request has another id, and all else of most is the same.
        text = encode_basestring_ascii(named[:_LONGEST].decode("latin-1"))
        return f'{rest[:-1]}{", " if len(rest) > 2 else ""}"x-request-id": {text}}}'

    def media_type(self) -> str:
        """The body's type as it was said, JSON where nothing was."""
        given = self.text(b"content-type") or "application/json"
        fine = given.isascii() and given.isprintable()
        return given[:100] if fine else "application/octet-stream"

    def traceparent(self) -> str:
        """The caller's trace where it sends one, else a new one."""
        given = self.text(b"traceparent") or ""
        return given if len(given) == 55 else new_traceparent(random_bytes)


@lru_cache(256)
def _as_json(kept: tuple[bytes | None, ...]) -> str:
    found = zip(_KEPT_HEADERS, kept, strict=True)
    return json.dumps({n.decode(): v[:_LONGEST].decode("latin-1") for n, v in found if v})
