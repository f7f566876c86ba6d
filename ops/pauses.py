"""Pauses by people: what stands still until a person, or a time, lets it go on; all on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.reports import iso
from ops.shown import text as safe
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Row
from sql.sqlite import stamp
from sql.states import on_record
from tidegate.config import Config
from tidegate.config_errors import guess
from tidegate.errors import TidegateError

SHIPPED = ("business_central", "legacy", "sandbox")
"""Adapters that need no table in `tidegate.toml`."""

LONGEST_REASON = 400


class WrongPause(TidegateError):
    """What cannot be paused or resumed; `field` is target, entity, reason or until."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Place:
    """What stands still: an adapter, an entity of it; None for every one."""

    target: str | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses and resumes in the name of `who`. Every method raises `WrongPause`."""

    db: Database
    config: Config
    who: Who

    def pause(self, place: Place, reason: str, until: datetime | None, now: datetime) -> None:
        """Let nothing of a place reach the ERP; what comes in is kept.

        Args:
            until: when it ends by itself; None: when somebody resumes it.
        """
        doc = self._doc("paused", place, reason)
        if until is not None and until <= now:
            raise WrongPause("until", "it has passed")
        ends = stamp(until.astimezone(UTC)) if until else None
        self.db.run("ops/pause", doc | {"until_at": ends})

    def resume(self, place: Place, reason: str) -> list[dict[str, Any]]:
        """End what a person, or a refused login, has paused there; what was ended."""
        ended = self.db.run("ops/resume", self._doc("resumed", place, reason))["ended"]
        return [row | {"since": iso(row["since"])} for row in ended]

    def _doc(self, action: str, place: Place, reason: str) -> dict[str, Any]:
        _check(self.config, place)
        if not 0 < len(reason.strip()) <= LONGEST_REASON:
            raise WrongPause("reason", f"1 to {LONGEST_REASON} characters")
        source, entity = on_record(place.target, place.entity)
        row = {
            "action": action,
            "actor": self.who.actor,
            "source": source,
            "entity": entity,
            "reason": reason,
            "host": self.who.host,
        }
        return {
            "target": place.target,
            "entity": place.entity,
            "reason": reason,
            "action": action,
            "actor": self.who.actor,
            "host": self.who.host,
            "on_target": source,
            "on_entity": entity,
            "config_version": self.config.version,
            "row_hash": row_hash(row),
        }


def listed(db: Database) -> list[dict[str, Any]]:
    """What stands still now, and why."""
    return [_told(row) for row in db.read("pauses/list", {})["pauses"]]


def _told(row: Row) -> dict[str, Any]:
    return {
        "target": row["target"],
        "entity": row["entity"],
        "kind": row["kind"],
        "reason": safe(row["reason"]),
        "actor": row["actor"],
        "since": iso(row["since"]),
        "until_at": iso(row["until_at"]),
        "probe_at": iso(row["probe_at"]),
    }


def _check(config: Config, place: Place) -> None:
    """A name that nothing has would pause nothing, and nobody would notice."""
    adapters = {*SHIPPED, *config.adapters}
    if place.target is not None and place.target not in adapters:
        raise WrongPause("target", _unknown("adapter", place.target, adapters))
    entities = {name.rpartition(".")[2] for name in config.entities}
    if place.entity is not None and place.entity not in entities:
        raise WrongPause("entity", _unknown("entity", place.entity, entities))


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {what} {name!r}; {guess(name, known) or ', '.join(sorted(known))}"
