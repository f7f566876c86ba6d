"""The real house in this process, drain included, over a far side in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from cli.compose import House
from cli.context import Context
from cli.first_run import Keys
from ingest.app import create_app
from ingest.middleware import guarded
from sql.database import Row
from tests.e2e.wait import eventually
from tests.ingest.bench import rows
from tests.ingest.purchasing.far import Current, Far
from tidegate import canon
from tidegate.clock import SystemClock
from tidegate.config import load_config
from tidegate.ids import Ids
from tidegate.secrets import Secrets
from tidegate.settings import load_settings
from tidegate.testing import migrated

KEY = "purchasing-key-0123456789"
API = {"X-API-Key": KEY}
BASE = "/api/v1/purchasing"
FAR = '[adapters.far]\nuse = "tests.ingest.purchasing.far:current"\n'
DATE = {"new_date": "2026-12-01", "reason": "The supplier is late"}


class Served:
    """One house.

    Args:
        far: what it writes to; None where it is told of no ERP.
        toml: more of its configuration.
        given: settings.
    """

    def __init__(self, folder: Path, far: Far | None, toml: str = "", **given: Any) -> None:
        if far is not None:
            Current.far = far
        path = folder / "tidegate.toml"
        path.write_text((FAR if far else "") + toml, "utf-8")
        clock = SystemClock()
        config, settings = load_config(path), load_settings({"port": 0, **given}, {}, None)
        secrets = Secrets({}, {}, {"WEBHOOK_KEY": KEY})
        context = Context(settings, config, folder, Keys(KEY, KEY, ""), clock, Ids(clock), secrets)
        self.db = migrated(folder / "tidegate.sqlite", clock)
        self._house = House(context, self.db)
        if far is not None:
            self._house.add_processor("far", None)
        self.desk = self._house.add_ingest("up", "far")
        self._house.start()
        self.app = guarded(create_app(self.desk), self.desk.ids)
        self._client = TestClient(self.app, raise_server_exceptions=False, headers=API)
        self._client.__enter__()

    def post(self, path: str, body: Any = DATE, key: str | None = "k-1", **headers: str) -> Any:
        """One command; `headers` by name with an underscore for each dash."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            given["Idempotency-Key"] = key
        content = body if isinstance(body, bytes) else canon.dumps(body)
        return self._client.post(BASE + path, content=content, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        """One read."""
        return self._client.get(BASE + path, headers=headers)

    def rows(self, sql: str, *given: Any) -> list[Row]:
        """What a free-form read finds."""
        return rows(self.db, sql, *given)

    def write(self, sql: str, *given: Any) -> None:
        """A free-form write."""
        with self.db.engine.begin() as connection:
            connection.exec_driver_sql(sql, given)

    def stored(self) -> Any:
        """The body of the newest event."""
        [row] = self.rows("SELECT body FROM payload ORDER BY event_id DESC LIMIT 1")
        return canon.parse(row["body"])

    def ended(self, event: str, state: str) -> None:
        """Wait until an event is in a state."""

        def look() -> bool | None:
            found = self.rows("SELECT 1 FROM inbox WHERE uuid = ? AND state = ?", event, state)
            return bool(found) or None

        eventually(f"{event} is {state}", 10, look)

    def close(self) -> None:
        """Stop everything."""
        Current.far.go.set()
        self._client.__exit__()
        self._house.stop()
