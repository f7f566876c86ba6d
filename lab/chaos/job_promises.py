"""What a job promises: each event once, no faster than its ramp, and a true account of itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from lab.chaos.clocks import SimClock
from lab.chaos.oracle import Oracle
from lab.chaos.world import Broken
from processor.ramp import LATE_AFTER
from sql.database import Document

_EVENT = "SELECT event_id FROM dead_letter WHERE id = ?"
_RAMP = "SELECT ramp FROM operator_request WHERE id = ?"
_ENDED = """
SELECT i.state <> 'live' OR EXISTS (SELECT 1 FROM dead_letter n
                                    WHERE n.event_id = d.event_id AND n.id > d.id)
FROM dead_letter d JOIN inbox i ON i.id = d.event_id WHERE d.id = ?
"""
_JOBS = """
SELECT r.id, r.verb, r.state, r.matched, r.changed, r.skipped, r.result,
       (SELECT COUNT(*) FROM dead_letter d
        WHERE d.request_id = r.id AND d.state = 'open') AS kept
FROM operator_request r
WHERE r.event_uuid IS NULL AND r.verb IN ('replay', 'skip', 'discard', 'resolve')
"""
_EDITED = """
SELECT o.uuid, o.state, o.ended_by, COUNT(n.id) AS n, MAX(n.uuid) AS by_uuid
FROM inbox n JOIN inbox o ON o.uuid = n.edited_from GROUP BY o.id
HAVING COUNT(n.id) > 1 OR o.state <> 'superseded' OR o.ended_by IS NOT MAX(n.uuid)
"""


@dataclass(slots=True)
class _Sent:
    """What a job has sent: letters with when, and the events of them; `acts` on any letter."""

    acts: int = 0
    letters: dict[int, datetime] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)


@dataclass(eq=False)
class JobPromises:
    """Raises `Broken` with what a job did that it must not."""

    oracle: Oracle
    clock: SimClock
    jobs: defaultdict[int, _Sent] = field(default_factory=lambda: defaultdict(_Sent))
    older: set[int] = field(default_factory=set)
    resumed: set[int] = field(default_factory=set)

    def committed(self, name: str, doc: Document) -> None:
        """A step of a job, or a request about one, was committed."""
        if name != "requests/carry_out":
            return
        if doc["asked"]:
            # Whoever resumes a job begins its stage anew.
            self.resumed.update(row["id"] for row in doc["jobs"])
        sent: defaultdict[int, list[int]] = defaultdict(list)
        for row in doc["letters"]:
            if row["request_id"] is None:
                continue
            self.jobs[row["request_id"]].acts += 1
            if row["state"] == "replayed":
                sent[row["request_id"]].append(row["letter_id"])
        for job, letters in sent.items():
            self._goes_out(job, letters)

    def restored(self) -> None:
        """The database is an older one: jobs go on where its rows say."""
        self.jobs.clear()
        rows = self.oracle.rows("SELECT id FROM operator_request")
        self.older = {row["id"] for row in rows}

    def at_rest(self) -> None:
        """All jobs are done, and what they say of themselves is so."""
        for job in self.oracle.rows(_JOBS):
            ended = job["state"] in ("done", "cancelled") and not job["kept"]
            counted = job["matched"] == job["changed"] + job["skipped"]
            # Who skips a letter leaves it open, and so its row as it was.
            seen = job["verb"] != "skip" and job["id"] not in self.older
            if not (ended and counted) or (seen and self.jobs[job["id"]].acts != job["changed"]):
                raise Broken(f"nothing is dropped silently: a job says {tuple(job)}")
        edited = self.oracle.rows(_EDITED)
        if edited:
            raise Broken(f"an edited letter has one event in its place: {tuple(edited[0])}")

    def _goes_out(self, job: int, letters: list[int]) -> None:
        known = self.jobs[job]
        self._ramp(job, known, len(letters))
        for letter in letters:
            event = self.oracle.value(_EVENT, letter)
            if event in known.events:
                raise Broken(f"a job sends an event once: {job} sends {event} again")
            known.events.add(event)
            known.letters[letter] = self.clock.now()

    def _ramp(self, job: int, known: _Sent, more: int) -> None:
        """No stage is overrun, and none begins before the one before it was heard of."""
        ramp: Any = self.oracle.value(_RAMP, job)
        if not ramp or job in self.older | self.resumed:
            return
        ends = list(accumulate(int(each) for each in ramp.split(",")))
        before = len(known.letters)
        end = next((each for each in ends if before < each), None)
        if end is not None and before + more > end:
            raise Broken(f"the ramp: job {job} sends {before + more}, and a stage ends at {end}")
        for letter, at in known.letters.items() if before in ends else ():
            waited = (self.clock.now() - at).total_seconds()
            if not self.oracle.value(_ENDED, letter) and waited < LATE_AFTER:
                raise Broken(f"the ramp: job {job} goes on {waited:.1f} s after letter {letter}")
