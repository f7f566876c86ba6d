"""The front of the public port: webhooks go straight to their address, all else to the router.

A webhook is nine tenths of what comes, and a router with its middleware costs more than the rest
of its way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.problems import our_fault
from ingest.requests import Incoming

Receiver: TypeAlias = Callable[[Incoming], Awaitable[Response]]


class Front:
    """An ASGI application.

    Args:
        receivers: by the whole path of their address.
        app: answers every other request.
    """

    def __init__(self, receivers: Mapping[str, Receiver], app: ASGIApp) -> None:
        self._receivers = receivers
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        receiver = self._receivers.get(scope["path"]) if scope["type"] == "http" else None
        if receiver is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            response = await receiver(Incoming(scope, receive))
        except ClientDisconnect:
            return
        except Exception as error:
            response = our_fault(scope["path"], error)
        await response(scope, receive, send)
