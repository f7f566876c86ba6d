"""What the routes stand on: settings, ids, the writer's queue, and who waits for what.

The asynchronous half of ingest lives on one event loop; the writer and the poller are stepped by
threads of `cli`, and answer through `call_soon_threadsafe`, once per batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.access import Keys
from ingest.access_log import AccessLog
from ingest.arrival import Accepted, Arrival
from ingest.disk import DiskFloor
from ingest.erp_door import ErpDoor
from ingest.limits import Limits
from ingest.refusals import Refusals
from ingest.requests import BODY_LIMIT
from ingest.sources import Gate
from ingest.waiters import Waiters
from ingest.writer import Writer
from sql.database import Database
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import StoreError
from tidegate.ids import Ids

Future: TypeAlias = "asyncio.Future[Accepted | StoreError]"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a route needs."""

    db: Database
    config: Config
    keys: Keys
    clock: Clock
    ids: Ids
    writer: Writer[Future]
    waiters: Waiters
    wake_writer: Callable[[], None]
    role: str
    gates: Mapping[str, Gate]
    limits: Limits
    disk: DiskFloor
    refusals: Refusals
    access: AccessLog
    erp: ErpDoor | None = None
    body_limit: int = BODY_LIMIT
    public_url: str = ""
    root_path: str = ""

    async def accept(self, arrival: Arrival) -> Accepted | StoreError:
        """Durable when this returns `Accepted`."""
        future: Future = asyncio.get_running_loop().create_future()
        self.writer.submit(future, arrival)
        self.wake_writer()
        return await future

    def url(self, path: str) -> str:
        """An address under which callers reach `path`."""
        return f"{self.public_url.rstrip('/')}{self.root_path}{path}"


def answer_futures(outcomes: Sequence[tuple[Future, Accepted | StoreError]]) -> None:
    """Resolve a batch: one hop to the loop for all of them."""
    if outcomes:
        loop = outcomes[0][0].get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, outcomes)


def _resolve(outcomes: Sequence[tuple[Future, Accepted | StoreError]]) -> None:
    for future, outcome in outcomes:
        if not future.done():
            future.set_result(outcome)
