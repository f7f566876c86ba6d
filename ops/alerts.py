"""Alerts: what is wrong now, by thresholds; on record while it lasts.

One cause is one alarm: an alert is raised once for each code and subject, kept while it lasts and
cleared when it has not been so for a minute. Each code is a heading of `docs/runbook.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest.reports import LED_WITHIN
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Row, Rows
from sql.term import Term
from tidegate.config_alerts import Alerts as Thresholds
from tidegate.telemetry import logger

CALM = 60.0
"""Seconds that an alert must not be so before it is cleared."""

EVERY = 15.0
"""Seconds between two looks."""

RUNBOOK = "docs/runbook.md#{}"
CODES = (
    "queue-late",
    "dead-letters",
    "outcome-unknown",
    "login-refused",
    "breaker-open",
    "paused-long",
    "outbox-late",
    "subscription-disabled",
    "disk-low",
    "versions-differ",
    "duty-failed",
)
_log = logger("alerts")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know."""

    code: str
    subject: str
    severity: str
    text: str


def judge(
    numbers: Rows,
    limits: Thresholds,
    disk: tuple[int, int] | None = None,
    failing: Mapping[str, str] | None = None,
) -> list[Alert]:
    """What is wrong.

    Args:
        numbers: of `alerts/numbers`.
        disk: free bytes where the database grows, and those that must be; None: no disk of ours.
        failing: duties of the leader whose last turn failed, and how.
    """
    found = [
        *_queue(numbers, limits),
        *_pauses(numbers, limits),
        *_outbox(numbers, limits),
        *_house(numbers, disk),
        *(_failed(duty, error) for duty, error in (failing or {}).items()),
    ]
    return [alert for alert in found if alert.code not in limits.muted]


def _queue(numbers: Rows, limits: Thresholds) -> Iterator[Alert]:
    age = numbers["oldest"][0]["age_s"] if numbers["oldest"] else None
    if age is not None and age > limits.oldest_eligible:
        text = f"the oldest event that could run has waited {age:.0f} s"
        yield Alert("queue-late", "queue", "critical", text)
    letters = sum(row["n"] for row in numbers["letters"])
    if letters > limits.dead_letters:
        kinds = ", ".join(f"{row['n']} {row['error_class']}" for row in numbers["letters"][:5])
        yield Alert("dead-letters", "dead letters", "warning", f"{letters} open: {kinds}")
    unknown = numbers["unknown"][0]
    if unknown["n"] and (unknown["age_s"] or 0) > limits.unknown:
        text = f"{unknown['n']} outcomes are unknown, the oldest for {unknown['age_s']:.0f} s"
        yield Alert("outcome-unknown", "queue", "critical", text)


def _pauses(numbers: Rows, limits: Thresholds) -> Iterator[Alert]:
    for row in numbers["pauses"]:
        place = " ".join(filter(None, (row["target"] or "everything", row["entity"])))
        text = f"{place} has stood still for {row['age_s']:.0f} s: {row['reason']}"[:1000]
        if row["kind"] == "auth":
            yield Alert("login-refused", place, "critical", text)
        elif row["kind"] == "breaker" and row["age_s"] > limits.breaker:
            yield Alert("breaker-open", place, "critical", text)
        elif row["kind"] == "operator" and row["age_s"] > limits.paused:
            yield Alert("paused-long", place, "warning", text)


def _outbox(numbers: Rows, limits: Thresholds) -> Iterator[Alert]:
    age = numbers["outbox"][0]["age_s"] if numbers["outbox"] else 0.0
    if age > limits.outbox:
        relay = next((row for row in numbers["leaders"] if row["name"] == "relay"), None)
        led = relay is not None and relay["holder"] and relay["age_s"] < LED_WITHIN
        why = "" if led else ": no relay runs"
        text = f"the oldest message has waited {age:.0f} s to be distributed{why}"
        yield Alert("outbox-late", "outbox", "warning", text)
    for row in numbers["disabled"]:
        text = f"{row['name']} is told nothing: {row['reason'] or 'it was disabled'}"[:1000]
        yield Alert("subscription-disabled", row["name"], "warning", text)


def _house(numbers: Rows, disk: tuple[int, int] | None) -> Iterator[Alert]:
    if disk is not None and disk[0] < 2 * disk[1]:
        text = f"{disk[0] // 2**20} MiB are free; below {disk[1] // 2**20} nothing is accepted"
        yield Alert("disk-low", "disk", "critical", text)
    running = {(row["version"], row["config_version"][:12]) for row in numbers["processes"]}
    if len(running) > 1:
        told = "; ".join(f"version {version}, configuration {c}" for version, c in sorted(running))
        yield Alert("versions-differ", "processes", "warning", f"processes differ: {told}"[:1000])


def _failed(duty: str, error: str) -> Alert:
    text = f"what the leader does on the side fails: {duty}: {error}"[:1000]
    return Alert("duty-failed", duty, "warning", text)


class Alarm:
    """The leader's duty: looks, and keeps what is wrong on record.

    Args:
        folder: where the database grows on a disk of ours; None: a server keeps it.
        floor: free bytes below which nothing is accepted.
        failing: as `Duties` fills it.
    """

    def __init__(
        self,
        db: Database,
        limits: Thresholds,
        folder: Path | None,
        floor: int,
        failing: Mapping[str, str] | None = None,
    ) -> None:
        self._db = db
        self._limits = limits
        self._folder = folder
        self._floor = floor
        self._failing = failing

    def run(self, term: Term) -> bool:
        """One look; never more at once."""
        numbers = self._db.read("alerts/numbers", {})
        raised = judge(numbers, self._limits, self._disk(), self._failing)
        now = {(alert.code, alert.subject) for alert in raised}
        live = numbers["alerts"]
        over = [row for row in live if (row["code"], row["subject"]) not in now]
        cleared = [{"id": row["id"]} for row in over if row["unseen_s"] >= CALM]
        if raised or cleared:
            doc = {"raised": [asdict(alert) for alert in raised], "cleared": cleared}
            self._db.run("alerts/keep", term.fence() | doc)
        self._tell(raised, live)
        return False

    def _disk(self) -> tuple[int, int] | None:
        import shutil

        if self._folder is None or not self._floor:
            return None
        return shutil.disk_usage(self._folder).free, self._floor

    def _tell(self, raised: list[Alert], live: list[Row]) -> None:
        known = {(row["code"], row["subject"]) for row in live}
        for alert in raised:
            if (alert.code, alert.subject) not in known:
                _log.error("alert", **asdict(alert), next_step=RUNBOOK.format(alert.code))


def alerts(db: Database, *, every: bool = False, limit: int = 200) -> list[dict[str, Any]]:
    """Alerts that last, and with `every` those that ended."""
    from ingest.reports import iso

    rows = db.read("alerts/list", {"every": int(every), "n": limit})["alerts"]
    instants = {"since", "last_at", "cleared_at", "acknowledged_at", "sent_at"}
    return [
        {n: iso(v) if n in instants else v for n, v in row.items()}
        | {"runbook": RUNBOOK.format(row["code"])}
        for row in rows
    ]


def acknowledge(
    db: Database, who: Who, code: str, subject: str | None, reason: str, config_version: str
) -> list[Row]:
    """Say that somebody has seen it; the alerts that this was about."""
    row = {
        "action": "acknowledged",
        "actor": who.actor,
        "source": "tidegate",
        "entity": "alert",
        "entity_text": code,
        "reason": reason[:2000],
        "host": who.host,
    }
    doc = {
        "code": code,
        "subject": subject,
        "actor": who.actor,
        "reason": reason[:2000],
        "host": who.host,
        "config_version": config_version,
        "row_hash": row_hash(row),
    }
    return db.run("alerts/acknowledge", doc)["alerts"]
