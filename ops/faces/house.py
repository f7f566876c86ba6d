"""What the house runs with, over HTTP: its configuration, and who holds keys."""

from __future__ import annotations

from ingest.access import ADMIN
from ops import api_keys
from ops.faces import examples
from ops.faces.page import Asked, Page, Reply, limit
from sql.database import Database
from tidegate.config import Config
from tidegate.config_report import report
from tidegate.settings import Settings


class HousePages:
    """The verbs of an admin that only read; keys are made where the DSN is."""

    def __init__(self, db: Database, config: Config, settings: Settings) -> None:
        self._db = db
        self._config = config
        self._settings = settings

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        return [
            Page("GET", "/config", ADMIN, "The configuration in force, without secrets",
                 self._shown, examples.CONFIG),
            Page("GET", "/api-keys", ADMIN, "API keys, the newest first; none is shown whole",
                 self._keys, examples.KEYS, (limit(),)),
        ]  # fmt: skip

    def _shown(self, _: Asked) -> Reply:
        # It masks with more than names: which variable holds a secret is none.
        return Reply(report(self._config, self._settings), masked=True)

    def _keys(self, asked: Asked) -> Reply:
        return Reply({"keys": api_keys.listed(self._db, asked.number("limit", 50))})
