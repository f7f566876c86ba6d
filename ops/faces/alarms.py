"""Alerts over HTTP: what is wrong now, and who has seen it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ingest.access import OPERATOR, VIEWER
from ops import alerts
from ops.faces import examples
from ops.faces.page import Asked, Page, Param, Reply, Wrong, limit
from sql.database import Database, Row

_EVERY = Param("every", {"type": "boolean", "default": False}, "Those that ended too")


class AckBody(BaseModel):
    """Which alert, and what whoever has seen it says."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: Annotated[str, Field(min_length=1, max_length=64)]
    subject: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class AlarmPages:
    """The verbs over `ops.alerts`."""

    def __init__(self, db: Database, config_version: str) -> None:
        self._db = db
        self._config_version = config_version

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        seen = {"seen": {"code": "queue-late", "reason": "the ERP is being moved"}}
        return [
            Page("GET", "/alerts", VIEWER, "Alerts that last, with a link into the runbook",
                 self._list, {"alerts": [examples.ALERT]}, (_EVERY, limit())),
            Page("POST", "/alerts/ack", OPERATOR, "Say that somebody has seen an alert",
                 self._ack, {"alerts": [{"code": "queue-late", "subject": "queue"}]},
                 body=AckBody, sends=seen),
        ]  # fmt: skip

    def _list(self, asked: Asked) -> Reply:
        every = asked.text("every") == "true"
        found = alerts.alerts(self._db, every=every, limit=asked.number("limit", 50))
        return Reply({"alerts": [_public(row) for row in found]})

    def _ack(self, asked: Asked) -> Reply:
        body: AckBody = asked.body
        found = alerts.acknowledge(
            self._db, asked.who, body.code, body.subject, body.reason, self._config_version
        )
        if not found:
            raise Wrong(404, "There is no such alert that nobody has seen")
        return Reply({"alerts": [_public(row) for row in found]})


def _public(row: Row) -> Row:
    """Without the number that never leaves the database."""
    return {name: value for name, value in row.items() if name != "id"}
