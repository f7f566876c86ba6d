"""Five requests at a time, ninety-five in the queue, and 429 for the next."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

from erp.sandbox.errors import for_status
from erp.sandbox.settings import Settings
from tidegate.canon import Json


class Slots:
    """The places of a server, handed on in the order of arrival."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    def shown(self) -> dict[str, Json]:
        """How many requests run and how many wait."""
        return {"running": self._running, "queued": len(self._queue)}

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a place while the block runs; raises `BcError` (429) where the queue is full."""
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._running < self._settings.concurrent:
            self._running += 1
            return
        if len(self._queue) >= self._settings.queue:
            raise for_status(429)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        await turn

    def _leave(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                # The place is handed on, so the count stays.
                turn.set_result(None)
                return
        self._running -= 1
