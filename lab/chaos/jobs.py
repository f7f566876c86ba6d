"""The people of a simulation who act on many letters at once, and who edit one of them.

What the leader has to refuse is left to the leader. What no leader can know (whether a letter of
unknown outcome took effect, or one that is to be discarded) is looked up, and said truthfully.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from lab.chaos.house import House, configuration
from lab.chaos.ledger import POISON
from lab.chaos.operators import WHO
from lab.chaos.oracle import Oracle
from ops import bulk, edits
from ops.bulk import Options
from ops.replays import Replays
from ops.requests import WrongRequest
from sql.filters import Filter

WHY = "simulated"

_LETTERS = """
SELECT d.event_uuid AS uuid, d.reason, i.entity,
       json_extract(CAST(p.body AS TEXT), '$.value') AS value
FROM dead_letter d JOIN inbox i ON i.id = d.event_id JOIN payload p ON p.event_id = d.event_id
WHERE d.state = 'open' ORDER BY d.id
"""
_JOBS = """
SELECT uuid, state FROM operator_request WHERE event_uuid IS NULL
AND verb IN ('replay', 'skip', 'discard', 'resolve') AND state IN ('open', 'running', 'paused')
ORDER BY id
"""
_VERBS = ("replay", "replay", "replay", "replay", "skip", "discard", "resolve")
_RAMPS = ((), (), (1,), (1, 2), (2, 1, 4))
_RATES = (None, None, 1, 10)
_SHARES = (None, None, 20, 60)


@dataclass(eq=False)
class Jobs:
    """Ask the leader, by the rows that `dead-letters` and `replays` insert."""

    house: House
    oracle: Oracle
    chance: random.Random
    edited: int = 0

    def begin(self) -> None:
        """A job about some of the open letters, or all."""
        letters = self.oracle.rows(_LETTERS)
        if not letters:
            return
        verb = self.chance.choice(_VERBS)
        match verb:
            case "replay":
                self._replay(letters)
            case "resolve":
                self._resolve(letters)
            case _:
                self._ask(verb, _these([row for row in letters if not self._may_show(row)]))

    def turn(self) -> None:
        """Somebody pauses a job, lets it go on, or cancels it."""
        jobs = self.oracle.rows(_JOBS)
        if not jobs:
            return
        job, asks = self.chance.choice(jobs), self._replays()
        verb = self.chance.choice(("pause", "resume", "resume", "cancel"))
        self.house.world.trace("operator", f"{verb} job {job['uuid']}, which is {job['state']}")
        match verb:
            case "pause":
                asks.pause(self.house.ids, WHO, job["uuid"], WHY)
            case "resume":
                share = self.chance.choice((None, 90))
                asks.resume(self.house.ids, WHO, job["uuid"], WHY, stop_at_percent=share)
            case _:
                asks.cancel(self.house.ids, WHO, job["uuid"], WHY)

    def resume_all(self) -> None:
        """No job stands still any more."""
        for job in self.oracle.rows(_JOBS):
            if job["state"] == "paused":
                self.house.world.trace("operator", f"resume job {job['uuid']}")
                asks = self._replays()
                asks.resume(self.house.ids, WHO, job["uuid"], WHY, stop_at_percent=None)

    def edit(self) -> None:
        """Send a letter with another value; mostly one that the far side takes."""
        letters = self.oracle.rows(_LETTERS)
        if not letters:
            return
        letter = self.chance.choice(letters)
        self.edited += 1
        value = f"{POISON}-e{self.edited}" if self.chance.random() < 0.2 else f"e{self.edited}"
        config, _, mapper = configuration()
        try:
            made = edits.draft(self.house.db(), config, mapper, letter["uuid"], [("/value", value)])
        except (WrongRequest, edits.Settled) as error:
            self.house.world.trace("operator", f"edits nothing: {error}")
            return
        if made.problems:
            return
        self.house.world.trace("operator", f"edit-replay {letter['uuid']} {value}")
        edits.ask(self.house.db(), self.house.ids, WHO, made, WHY)

    def _replay(self, letters: Sequence[sqlite3.Row]) -> None:
        if self.chance.random() < 0.6:
            self.house.ledger.cured.update(row["value"] for row in letters)
        pick = self.chance.choice
        self._ask("replay", self._some(letters), Options(pick(_RATES), pick(_RAMPS), pick(_SHARES)))

    def _resolve(self, letters: Sequence[sqlite3.Row]) -> None:
        """Those of which one thing is true, once nothing of them can land any more."""
        applied = self.chance.random() < 0.5
        told = [
            row
            for row in letters
            if self._may_show(row) and not self._under_way(row) and self._done(row) is applied
        ]
        self._ask("resolve", _these(told), Options(applied=applied))

    def _some(self, letters: Sequence[sqlite3.Row]) -> Filter:
        row = self.chance.choice(letters)
        filters: tuple[Callable[[], Filter], ...] = (
            Filter,
            lambda: Filter(entities=(row["entity"],)),
            lambda: Filter(reasons=(row["reason"],)),
            lambda: _these(letters[-3:]),
        )
        return self.chance.choice(filters)()

    def _ask(self, verb: str, flt: Filter, options: Options | None = None) -> None:
        if flt.empty and verb != "replay":
            return
        ids, db = self.house.ids, self.house.db()
        job = bulk.ask(db, ids, WHO, verb, flt, WHY, options, every=flt.empty)
        self.house.world.trace("operator", f"{verb} job {job} {flt.to_doc()} {options or ''}")

    def _replays(self) -> Replays:
        return Replays(self.house.db())

    def _done(self, row: sqlite3.Row) -> bool:
        return self.house.ledger.effects[UUID(row["uuid"])] > 0

    def _under_way(self, row: sqlite3.Row) -> bool:
        return self.house.ledger.under_way[UUID(row["uuid"])] > 0

    def _may_show(self, row: sqlite3.Row) -> bool:
        """Whether the far side has to be asked what became of it."""
        return row["reason"] in ("unknown", "quarantined") or self._under_way(row)


def _these(letters: Sequence[sqlite3.Row]) -> Filter:
    return Filter(ids=tuple(row["uuid"] for row in letters))
