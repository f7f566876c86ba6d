"""Closing a connection without an answer, which ASGI has no word for.

The protocol hands each request a way to close its own connection; `Dropped` uses it. It also
hands it what the connection remembers, since Windows authenticates connections, not requests.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "sandbox.connection"


class DroppingProtocol(HttpToolsProtocol):
    """uvicorn's protocol (`uvicorn.Config(http=DroppingProtocol)`), with the extension."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._session: dict[str, object] = {}

    def on_message_begin(self) -> None:
        super().on_message_begin()
        connection: dict[object, object] = {
            "transport": self.transport,
            "session": self._session,
        }
        self.scope["extensions"] = {EXTENSION: connection}


class Dropped(Response):
    """An answer that never comes: the connection is closed instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close, then wait until uvicorn knows, so that it does not answer 500 itself."""
        extension = scope.get("extensions", {}).get(EXTENSION)
        if extension is None:
            raise RuntimeError("the sandbox must be served with http=DroppingProtocol")
        transport: asyncio.Transport = extension["transport"]
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            continue
