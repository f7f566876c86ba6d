"""HTTP clients for login schemes that let in a connection, where requests must not share one."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Protocol

import httpx


class Http(Protocol):
    """What a client of the ERP needs of HTTP: an `httpx.Client`, or `Connections`."""

    @property
    def build_request(self) -> Callable[..., httpx.Request]:
        """As `httpx.Client.build_request`."""
        ...

    def send(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.RequestError`."""
        ...

    def close(self) -> None:
        """Free connections."""
        ...


class Connections:
    """Clients of one connection each, lent to one call at a time.

    A handshake's legs must go over one connection, with nobody else's request between them, and
    the connection that it let in is the one to use again.

    Args:
        make: a client with one connection.
        most: calls at a time.
        patience: seconds that a call waits for its turn.
    """

    def __init__(self, make: Callable[[], httpx.Client], *, most: int, patience: float) -> None:
        self._all = [make() for _ in range(most)]
        self._patience = patience
        # Last in, first out: the one that was just let in is the likeliest to be let in still.
        self._free: queue.LifoQueue[httpx.Client] = queue.LifoQueue()
        for each in reversed(self._all):
            self._free.put(each)

    @property
    def build_request(self) -> Callable[..., httpx.Request]:
        """As `httpx.Client.build_request`."""
        return self._all[0].build_request

    def send(self, request: httpx.Request) -> httpx.Response:
        """Raises `httpx.RequestError`; `PoolTimeout` where its turn did not come."""
        try:
            client = self._free.get(timeout=self._patience)
        except queue.Empty:
            raise httpx.PoolTimeout("all connections are in use", request=request) from None
        try:
            return client.send(request)
        finally:
            self._free.put(client)

    def close(self) -> None:
        """Close every client."""
        for each in self._all:
            each.close()
