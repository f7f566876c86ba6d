"""The operator's port over a house that is stepped by hand, and keys of every role for it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from ingest.access import ROLES, Keys
from ingest.access_log import AccessLog
from ingest.desk import Desk, Future, answer_futures
from ingest.disk import DiskFloor
from ingest.limits import Limits
from ingest.middleware import guarded
from ingest.refusals import Refusals
from ingest.sources import gates
from ingest.waiters import Waiters
from ingest.writer import Writer
from ops.api_keys import KeyDesk
from ops.faces.nouns import pages
from ops.faces.page import Page
from ops.http import create_ops_app
from ops.who import Who
from sql.database import Row
from tests.processor.bench import House, blocking
from tidegate.outcome import Rejected
from tidegate.settings import load_settings

ADMIN_KEY = "face-admin-key-0123456789"
BASE = "/api/v1/ops"
WHO = Who("cli:test", "cli", None)


class Face:
    """One house, its operator's port, and a key of each role, all of whom are called by it."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder, config=blocking())
        pipe, db = self.house.pipe, self.house.db
        self.keys = Keys(ADMIN_KEY, db, pipe.clock)
        self.log = AccessLog(db, pipe.ids)
        self.key_desk = KeyDesk(db, pipe.ids, WHO, pipe.config.version)
        now = pipe.clock.now()
        self.made = {role: self.key_desk.create(f"the {role}", role, None, now) for role in ROLES}
        self.keys.refresh()
        self.writer: Writer[Future] = Writer(
            db, "scripted", random.Random(1), lambda _: None, lambda: 0.0, answer_futures
        )
        self.desk = Desk(
            db=db,
            config=pipe.config,
            keys=self.keys,
            clock=pipe.clock,
            ids=pipe.ids,
            writer=self.writer,
            waiters=Waiters(db, lambda: None),
            wake_writer=lambda: self._write(),
            role="test",
            gates=gates(pipe.config, {"WEBHOOK_KEY": "k" * 20}.get),
            limits=Limits.none(),
            disk=DiskFloor.none(),
            refusals=Refusals(db, pipe.ids, pipe.config.version, access=self.log),
            access=self.log,
        )
        self.settings = load_settings({"port": 0}, {}, None)
        self.app = guarded(create_ops_app(self.desk, self.settings), pipe.ids)
        self._client = TestClient(self.app, raise_server_exceptions=False)
        self._client.__enter__()

    def _write(self) -> None:
        self.writer.step(self.house.clock.monotonic())

    def pages(self) -> list[Page]:
        """Every verb that the port has."""
        pipe = self.house.pipe
        return pages(self.house.db, pipe.config, self.settings, pipe.clock, pipe.ids)

    def get(self, path: str, role: str = "viewer", **params: Any) -> Any:
        """A read in the name of a role."""
        return self._client.get(BASE + path, params=params, headers=self.header(role))

    def post(self, path: str, body: Any = None, role: str = "operator", **headers: str) -> Any:
        """A verb in the name of a role; `headers` by name with an underscore for each dash."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(BASE + path, json=body, headers=self.header(role) | named)

    def raw(self, method: str, path: str, **given: Any) -> Any:
        """Any request at all."""
        return self._client.request(method, path, **given)

    def header(self, role: str) -> dict[str, str]:
        """The key of a role."""
        return {"X-API-Key": self.made[role].key}

    def app_root(self, path: str) -> None:
        """Ask from now on as behind a proxy that takes `path` off."""
        self._client.__exit__()
        self._client = TestClient(self.app, root_path=path)
        self._client.__enter__()

    def dead(self, sku: str = "A", message: str = "no such item") -> str:
        """An event that died; its id."""
        self.house.far.answers[sku].append(Rejected(message, "BusinessRule"))
        event = self.house.post(sku)
        self.house.run()
        assert self.house.state(event) == "dead"
        return event

    def asked(self) -> list[Row]:
        """The access log, as it is once written."""
        self.log.close()
        return self.house.rows("SELECT * FROM access_log ORDER BY id")

    def rows(self, sql: str, *given: Any) -> list[Row]:
        """What a free-form read finds."""
        return self.house.rows(sql, *given)

    def close(self) -> None:
        """Stop everything."""
        self._client.__exit__()
        self.house.close()
