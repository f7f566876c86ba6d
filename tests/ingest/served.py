"""The real application in one process: routes, desk, writer and SQLite, stepped when woken."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from ingest.access import Keys
from ingest.access_log import AccessLog
from ingest.app import create_app
from ingest.desk import Desk, Future, answer_futures
from ingest.disk import DiskFloor
from ingest.limits import Limits
from ingest.refusals import Refusals
from ingest.sources import gates
from ingest.waiters import Waiters
from ingest.writer import Writer
from sql.database import Row
from tests.ingest.bench import rows
from tidegate.clock import ManualClock
from tidegate.config import Config, load_config
from tidegate.ids import seeded_ids
from tidegate.testing import migrated

Pairs = list[tuple[bytes, bytes]]
ADMIN = "served-admin-key-0123456789"
SECRETS = {
    "WEBHOOK_KEY": "served-webhook-key-0123456789",
    "ZOHO_SECRET": "zohosecret0123456789",
    "GITHUB_SECRET": "It's a Secret to Everybody",
    "BC_SECRET": "bc-client-state-0123456789",
    "STANDARD_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "STRIPE_SECRET": "whsec_stripe_0123456789",
}
ZOHO = {"X-Webhook-Key": SECRETS["WEBHOOK_KEY"]}


class Served:
    """One house without a drain; its requests are made by `served.post(…)`."""

    def __init__(self, folder: Path, config: Config | None = None) -> None:
        self.clock = ManualClock()
        self.config = config or load_config(None)
        self.db = migrated(folder / "tidegate.sqlite", self.clock)
        chance = random.Random(1)
        ids = seeded_ids(self.clock, chance)
        self.writer: Writer[Future] = Writer(
            self.db,
            "sandbox",
            chance,
            lambda _: None,
            lambda: self.clock.now().timestamp(),
            answer_futures,
            backlog=self.config.api.backlog,
        )
        self.access = AccessLog(self.db, ids)
        self.keys = Keys(ADMIN, self.db, self.clock)
        self.refusals = Refusals(self.db, ids, self.config.version, access=self.access)
        self.waiters = Waiters(self.db, lambda: None)
        self.desk = Desk(
            db=self.db,
            config=self.config,
            keys=self.keys,
            clock=self.clock,
            ids=ids,
            writer=self.writer,
            waiters=self.waiters,
            wake_writer=lambda: self._step(),
            role="test",
            gates=gates(self.config, SECRETS.get),
            limits=Limits(self.config, self.clock),
            disk=DiskFloor(None, 0, self.clock),
            refusals=self.refusals,
            access=self.access,
        )

    def _step(self) -> None:
        self.writer.step(self.clock.monotonic())

    @property
    def app(self) -> ASGIApp:
        """The routes over the desk as it is."""
        return create_app(self.desk)

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | Pairs = ZOHO
    ) -> httpx.Response:
        """One request to the application."""
        return asyncio.run(self._post(path, body, headers))

    async def _post(
        self, path: str, body: bytes, headers: Mapping[str, str] | Pairs
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, content=body, headers=httpx.Headers(headers))

    def rows(self, sql: str, *given: Any) -> list[Row]:
        """What a free-form read finds."""
        return rows(self.db, sql, *given)

    def refused(self) -> list[Row]:
        """The rows of what was refused at the door."""
        self.refusals.close()
        return self.rows("SELECT rule, seen FROM delivery WHERE channel = 'none' ORDER BY id")

    def close(self) -> None:
        """Close the database."""
        self.db.close()
