"""How the house stands, over HTTP: what needs a person, and the numbers behind it."""

from __future__ import annotations

from typing import Any

from ingest.access import VIEWER
from ingest.reports import health_report
from ops import alerts, pauses
from ops.faces import examples
from ops.faces.page import Asked, Page, Reply
from sql.database import Database
from tidegate import __version__


class StatePages:
    """The verb `status`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def pages(self) -> list[Page]:
        """What it is over HTTP."""
        summary = "Depth, age, dead letters, outbox, leaders, pauses and alerts"
        return [Page("GET", "/status", VIEWER, summary, self._status, examples.STATUS)]

    def _status(self, _: Asked) -> Reply:
        told: dict[str, Any] = health_report(self._db.read("events/stats", {}))
        now = alerts.alerts(self._db)
        lasting = [
            {name: row[name] for name in ("code", "subject", "severity", "text")} for row in now
        ]
        worst = "problem" if any(row["severity"] == "critical" for row in now) else told["status"]
        return Reply(
            told
            | {"status": worst, "version": __version__}
            | {"pauses": pauses.listed(self._db), "alerts": lasting}
        )
