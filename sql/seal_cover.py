"""Rows that no link covers: found beside the walk along the chain, in bounded memory.

Identities rise with time. The leader opens attempts one transaction after the other, so what the
links open, in their order, is what the table holds, in its own. Changes are sealed a little later
than they are made when no attempt made them; those wait in memory until their link comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sql.database import Database, Row
from sql.pruning import Pruned
from sql.seal_rows import ASKED, Link, Ref, Sealed, named, named_in

CHUNK = 2000
BEFORE_ALL = -(2**62)
"""Below every id, those that somebody made up included."""

GRACE = timedelta(seconds=10)
"""For how long a change may have no link while the leader goes on sealing others."""


class AttemptsSeen:
    """Attempts, one after the other.

    Args:
        newest: id of the last attempt when the walk began.
    """

    def __init__(self, db: Database, newest: int) -> None:
        self._db = db
        self._newest = newest
        self._covered: set[int] = set()
        self._up_to = BEFORE_ALL
        self._high = 0
        self._open: set[Ref] = set()

    def sealed(self, link: Link, sealed: Sealed, pruned: Pruned) -> Iterator[tuple[str, str]]:
        """Take in a link; kind and text of attempts that are not in their place."""
        kind = link.row["kind"]
        if kind in ("close", "crash"):
            self._open.difference_update(link.refs)
        if kind != "open":
            return
        there = {ref: sealed.attempts[ref]["id"] for ref in link.refs if ref in sealed.attempts}
        self._open |= there.keys()
        self._covered.update(there.values())
        astray = [ref for ref, number in there.items() if number <= self._high]
        if astray:
            names = ", ".join(map(named, astray))
            yield "changed", f"link {link.row['seq']} opens what stands elsewhere: {names}"
        self._high = max([self._high, *there.values()])

    def between(self) -> Iterator[str]:
        """Attempts among those covered so far that no link opens."""
        yield from self._missed(self._high)

    def rest(self) -> Iterator[str]:
        """The same for those after the last that is covered."""
        yield from self._missed(max(self._newest, self._high))

    def _missed(self, high: int) -> Iterator[str]:
        while self._up_to < high:
            doc = {"after": self._up_to, "up_to": high, "n": CHUNK}
            rows = self._db.read("seal/attempts", doc)["attempts"]
            for row in rows:
                if row["id"] not in self._covered:
                    ref = (row["event_id"], row["number"])
                    yield f"{named(ref)} is under no link: somebody put it in"
            self._up_to = rows[-1]["id"] if len(rows) == CHUNK else high
        self._covered.clear()

    def closed_unsealed(self, last: int) -> Iterator[str]:
        """Attempts that are closed, and that no link closes; read anew, since time goes on."""
        if not self._open:
            return
        refs = sorted(self._open)
        closed = [ref for ref in refs if self._is_closed(ref)]
        if closed:
            self._go_on(last)
        for ref in closed:
            if ref in self._open:
                yield f"{named(ref)} is closed, and no link says so"

    def _is_closed(self, ref: Ref) -> bool:
        found = self._db.read("seal/rows", {"refs": [f"{ref[0]}.{ref[1]}"]})["attempts"]
        return bool(found) and _says_anything(found[0])

    def _go_on(self, last: int) -> None:
        """Links that came while the others were read."""
        while True:
            doc = {"from_seq": last + 1, "to_seq": last + CHUNK, "n": CHUNK}
            links = [named_in(row) for row in self._db.read("seal/links", doc)["links"]]
            for link in links:
                if link.row["kind"] in ("close", "crash"):
                    self._open.difference_update(link.refs)
            if not links:
                return
            last = links[-1].row["seq"]


def _says_anything(attempt: Row) -> bool:
    names = ("closed_at", "sent_at", "outcome", "decision", "rule", "status", "message")
    return any(attempt[name] is not None for name in names)


class ChangesSeen:
    """Rows of the audit trail, nearly one after the other.

    Args:
        newest: id of the last one when the walk began.

    `high` is the highest id that is covered so far.
    """

    def __init__(self, db: Database, newest: int) -> None:
        self._db = db
        self._newest = newest
        self._ahead: set[int] = set()
        self._late: dict[int, Row] = {}
        self._up_to = BEFORE_ALL
        self.high = 0
        self._highs: list[tuple[str, int]] = []
        self._now = ""

    def sealed(self, link: Link, sealed: Sealed) -> None:
        """Take in a link and the changes that it covers."""
        if link.row["kind"] == ASKED:
            ids = set(link.ids)
        else:
            ids = {row["id"] for ref in link.refs for row in sealed.changes.get(ref, ())}
            ids = ids if link.row["kind"] == "close" else set()
        for each in ids:
            if each > self._up_to:
                self._ahead.add(each)
            else:
                self._late.pop(each, None)
        # What somebody wrote into a link may name any number: what is not there does not count.
        there = [each for each in ids if link.row["kind"] != ASKED or each in sealed.asked]
        self.high = max([self.high, *there])

    def between(self, now: str) -> None:
        """A group of links is taken in, the last of them of `now`."""
        self._now = max(self._now, now)
        self._look(self.high)
        by = _less(self._now)
        self._highs.append((now, self.high))
        known = max((high for at, high in self._highs if at <= by), default=0)
        self._highs = [(by, known), *((at, high) for at, high in self._highs if at > by)]

    def rest(self) -> tuple[list[str], int]:
        """Changes that should be sealed by now, and how many others are not sealed yet."""
        self._look(max(self._newest, self.high))
        by, known = self._highs[0] if self._highs else ("", 0)
        overdue = [
            row
            for row in self._late.values()
            # One of an attempt is sealed with it. A number up to `known` had been given away by
            # then, whatever its row says of the time.
            if row["attempt"] is not None or row["id"] <= known or str(row["at"]) <= by
        ]
        names = [f"change {each['id']} ({each['action']})" for each in overdue]
        texts = [f"{name} is under no link: somebody put it in" for name in names]
        return texts, len(self._late) - len(overdue)

    def _look(self, high: int) -> None:
        while self._up_to < high:
            doc = {"after": self._up_to, "up_to": high, "n": CHUNK}
            rows = self._db.read("seal/changes", doc)["changes"]
            self._late |= {row["id"]: row for row in rows if row["id"] not in self._ahead}
            self._up_to = rows[-1]["id"] if len(rows) == CHUNK else high
        self._ahead = {each for each in self._ahead if each > self._up_to}


def _less(now: str) -> str:
    try:
        return (datetime.fromisoformat(now) - GRACE).isoformat(" ", "microseconds")
    except ValueError:
        # No link's hash covers its time; one that cannot be read makes nothing overdue.
        return ""
