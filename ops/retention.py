"""Retention: what is older than it is kept goes, a batch at a time, by the leader alone.

Nothing that is live or dead is touched. Events are archived before they go, and counted by their
end, so that the sum of DESIGN, promise 2, holds with what is no longer there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import takewhile
from typing import Any

from ops.archive import Archive, records
from sql.database import Database, Row
from sql.pruning import seal_pruned
from sql.sqlite import stamp
from sql.states import ENDS
from sql.term import Term
from tidegate.clock import Clock
from tidegate.config_retention import Retention as Kept
from tidegate.telemetry import logger

KINDS = (
    "events",
    "bodies",
    "audit",
    "deliveries",
    "dispatches",
    "requests",
    "access",
    "alerts",
    "processes",
)
AGAIN = 7 * 86_400.0
"""Seconds after which all bodies that are there are looked at again."""

_CURSOR = "prune.{}.cursor"
_log = logger("retention")


class Retention:
    """The leader's duty: `run` does one batch of one kind and says whether there is more.

    `gone` counts the rows that went so far.

    Args:
        archive: where events are written before they go; None: they just go.
    """

    def __init__(
        self, db: Database, clock: Clock, kept: Kept, archive: Archive | None = None
    ) -> None:
        self._db = db
        self._clock = clock
        self._kept = kept
        self._archive = archive
        self._turns: list[Callable[[Term], bool]] = []
        self._again_at = clock.monotonic()
        self.gone = 0

    def run(self, term: Term) -> bool:
        """One batch. Raises `ConfigError` where the archive cannot be written."""
        if not self._turns:
            self._turns = [self._events, self._bodies, self._audit, self._rest]
        if self._turns[0](term):
            return True
        self._turns.pop(0)
        return bool(self._turns)

    def before(self, kind: str) -> str | None:
        """The instant before which a kind is no longer kept; None: all of it is."""
        days = getattr(self._kept, kind)
        return None if days is None else stamp(self._clock.now() - timedelta(days=days))

    def _events(self, term: Term) -> bool:
        return self._walk(term, "events", self._prune_events, _any)

    def _bodies(self, term: Term) -> bool:
        return self._walk(term, "bodies", self._prune_bodies, _has_body)

    def _walk(
        self,
        term: Term,
        kind: str,
        prune: Callable[[Term, list[int], dict[str, Any]], int],
        wanted: Callable[[Row], bool],
    ) -> bool:
        before = self.before(kind)
        if before is None:
            return False
        cursor = _CURSOR.format(kind)
        found = self._db.read("prune/look", {"cursor": cursor, "n": self._kept.batch})
        seen, begun = found["events"], any(row["value"] for row in found["cursor"])
        # Restored ones are older than their numbers: they go when their number's turn has come.
        old = list(takewhile(lambda row: row["accepted_at"] < before, seen))
        going = [
            row["id"]
            for row in old
            if row["state"] in ENDS and row["ended_at"] < before and wanted(row)
        ]
        # Numbers rise with time: behind the first young one there is nothing to look at.
        more = len(old) == len(seen) == self._kept.batch
        # What was passed over may have ended since. Of events little stays, and each round looks at
        # it; of bodies all do, and are gone through again now and then.
        again = not more and (kind == "events" or self._is_time_again())
        at = 0 if again or not old else old[-1]["id"]
        if going or more or (again and begun):
            n = prune(term, going, {"cursor": cursor, "at": at})
            self.gone += n
            if n:
                _log.info("pruned", of=kind, rows=n)
        return more

    def _is_time_again(self) -> bool:
        now = self._clock.monotonic()
        if now < self._again_at:
            return False
        self._again_at = now + AGAIN
        return True

    def _prune_events(self, term: Term, ids: list[int], place: dict[str, Any]) -> int:
        self._keep(ids)
        if ids:
            # First: a crash in between leaves attempts that may be missing, and are not.
            seal_pruned(self._db, term, events=ids)
        found = self._db.run("prune/events", term.fence() | place | {"ids": ids})
        return sum(row["n"] for row in found["pruned"])

    def _prune_bodies(self, term: Term, ids: list[int], place: dict[str, Any]) -> int:
        self._keep(ids)
        found = self._db.run("prune/bodies", term.fence() | place | {"ids": ids})
        return int(found["pruned"][0]["n"])

    def _keep(self, ids: list[int]) -> None:
        if self._archive is not None and ids:
            rows = self._db.read("prune/read", {"ids": ids})
            self._archive.append(records(rows), self._clock.now())

    def _audit(self, term: Term) -> bool:
        before = self.before("audit")
        if before is None:
            return False
        doc = {"before": before, "n": self._kept.batch}
        ids = [row["id"] for row in self._db.read("prune/oldest_audit", doc)["changes"]]
        if ids:
            seal_pruned(self._db, term, audit=ids)
            self._db.run("prune/audit", term.fence() | {"before": before, "ids": ids})
            self.gone += len(ids)
            _log.info("pruned", of="audit", rows=len(ids))
        return len(ids) == self._kept.batch

    def _rest(self, term: Term) -> bool:
        cursor, n = _CURSOR.format("deliveries"), self._kept.batch
        seen = self._db.read("prune/deliveries", {"cursor": cursor, "n": n})["deliveries"]
        before = self.before("deliveries")
        old = list(takewhile(lambda row: before is not None and row["received_at"] < before, seen))
        more = bool(old) and len(old) == len(seen) == n
        doc: dict[str, Any] = {"cursor": cursor, "n": n}
        doc["at"] = old[-1]["id"] if old else None
        doc["ids"] = [row["id"] for row in old if row["verdict"] != "new"]
        for kind in ("access", "requests", "alerts", "processes"):
            doc[kind] = self.before(kind)
        found = self._db.run("prune/rest", term.fence() | doc)
        gone = {kind: rows[0]["n"] for kind, rows in found.items() if kind in KINDS}
        self.gone += sum(gone.values())
        if any(gone.values()):
            _log.info("pruned", **gone)
        return more or any(gone[each] == n for each in gone)


def plan(db: Database, retention: Retention) -> list[dict[str, Any]]:
    """What would go now: of each kind, how many rows, and how old the oldest is."""
    found = db.read("prune/plan", {kind: retention.before(kind) for kind in KINDS})
    gone = {row["name"]: row["value"] for row in found["counters"]}
    return [
        {
            "kind": row["kind"],
            "before": retention.before(row["kind"]),
            "rows": row["n"],
            "oldest": row["oldest"],
            "pruned": sum(gone.values()) if row["kind"] == "events" else None,
        }
        for row in found["plan"]
    ]


def _any(_: Row) -> bool:
    return True


def _has_body(row: Row) -> bool:
    return row["erased_at"] is None
