"""The leader seals what others have put on record since, and says each minute how far it came.

A person's pause, an expired command, a note: such rows of the audit trail are written by whoever
acts, and get their link from the leader about a second later.
"""

from __future__ import annotations

from processor.duties import Duty
from sql.database import Database
from sql.term import Term
from tidegate.telemetry import logger

COVER_EVERY = 1.0
HEAD_EVERY = 60.0
MOST = 500
"""Rows that one link names."""

LOOK_BACK = 200
"""Rows before the last that is sealed among which one may turn up late: on a server a lower number
may be committed after a higher one, by milliseconds."""

_log = logger("audit")


class Sealing:
    """The duties of one process; what it remembers only spares work."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._term: Term | None = None
        self._up_to = 0
        self._recent: set[int] = set()
        self._told: int | None = None

    def duties(self) -> list[Duty]:
        """For the leader; they come first, so that a new term begins with them."""
        return [
            Duty("audit.cover", COVER_EVERY, self.cover),
            Duty("audit.head", HEAD_EVERY, self.head),
        ]

    def cover(self, term: Term) -> bool:
        """Seal changes that no attempt made and no link covers; whether there may be more.

        Where the leader sealed some of them itself, or a former term did, they get a second link,
        which says the same.
        """
        if term is not self._term:
            bounds = self._db.read("seal/bounds", {})["bounds"][0]
            self._term, self._up_to, self._recent = term, bounds["covered"] or 0, set()
        doc = {"after": self._up_to, "look_back": LOOK_BACK, "n": MOST}
        seen = [row["id"] for row in self._db.read("seal/uncovered", doc)["ids"]]
        ids = [each for each in seen if each not in self._recent]
        if ids:
            up_to = max(self._up_to, ids[-1])
            self._db.run("seal/cover", term.fence() | {"ids": ids, "up_to": up_to})
            self._up_to = up_to
        self._recent = set(seen[-LOOK_BACK - MOST :])
        return len(ids) >= MOST

    def head(self, term: Term) -> bool:
        """Log the newest link: whoever keeps the log can prove the record up to it."""
        bounds = self._db.read("seal/bounds", {})["bounds"][0]
        if bounds["seq"] is not None and bounds["seq"] != self._told:
            self._told = bounds["seq"]
            _log.info("audit.head", seq=bounds["seq"], hash=bounds["hash"].hex(), at=bounds["at"])
        return False
