"""The promises (design, section 2) as checks of what is committed, sent and received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ingest import stamps
from lab.chaos.ledger import Ledger, Request
from lab.chaos.oracle import Oracle
from lab.chaos.receiver import Receiver
from lab.chaos.world import Broken, Process
from sql.database import Database, Document
from sql.seal import verify

_MISPLACED = """
SELECT i.uuid, i.state, q.state AS row FROM inbox i LEFT JOIN sync_queue q ON q.event_id = i.id
WHERE (i.state = 'live') <> (q.id IS NOT NULL AND NOT (q.state = 5 AND i.state = 'dead'))
"""
_UNLETTERED = """
SELECT i.uuid FROM inbox i WHERE (i.state = 'dead') <>
    (SELECT COUNT(*) FROM dead_letter d WHERE d.event_id = i.id AND d.state = 'open')
"""
_UNATTEMPTED = """
SELECT q.event_id FROM sync_queue q WHERE (q.state = 2) <> EXISTS (
    SELECT 1 FROM sync_attempt a
    WHERE a.event_id = q.event_id AND a.number = q.attempts AND a.closed_at IS NULL)
"""
_OPEN_ELSEWHERE = """
SELECT a.event_id FROM sync_attempt a WHERE a.closed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM sync_queue q
    WHERE q.event_id = a.event_id AND q.attempts = a.number AND q.state = 2)
"""
_TWICE = """
SELECT message_key FROM inbox WHERE message_key IS NOT NULL AND state <> 'discarded'
  AND verdict = 'new' GROUP BY message_key HAVING COUNT(*) > 1
"""
_SUPERSEDED = """
SELECT i.uuid, i.key_id, i.head_id, i.seq, b.key_id AS by_key, b.head_id AS by_head,
       b.seq AS by_seq, h.applied_seq, b.edited_from IS i.uuid AS edited
FROM inbox i LEFT JOIN inbox b ON b.uuid = i.ended_by LEFT JOIN entity_head h ON h.id = i.head_id
WHERE i.state = 'superseded'
"""
_STATES = """
SELECT i.uuid, i.state, i.source, i.entity, i.operation, d.reason,
       json_extract(CAST(p.body AS TEXT), '$.value') AS value
FROM inbox i JOIN payload p ON p.event_id = i.id
LEFT JOIN dead_letter d ON d.event_id = i.id AND d.state = 'open'
"""
_REFUSED = """
SELECT 1 FROM inbox i JOIN dead_letter d ON d.event_id = i.id AND d.state = 'open'
WHERE i.uuid = ? AND i.state = 'dead' AND d.reason = 'rejected'
"""
_STAMPED = """
SELECT head_id, stamp FROM inbox WHERE entity = 'items' AND stamp IS NOT NULL
ORDER BY head_id, seq
"""
_ATTEMPTS = "SELECT event_id, number, closed_at FROM sync_attempt"
_WRITES = """
SELECT i.uuid, COUNT(a.id) AS n FROM inbox i
LEFT JOIN sync_attempt a ON a.event_id = i.id AND a.kind = 'write' GROUP BY i.id
"""
_PROMPT = frozenset({"stock", "changes", "invoices", "faxes", "prices", "orders"})
"""Entities whose values are never the same twice, so that applied means done by this very event."""

_UNDONE = frozenset({"expired", "refused", "superseded", "discarded"})


@dataclass(eq=False)
class Invariants:
    """Raises `Broken` with the promise that does not hold.

    Args:
        out_of_order: events of which a named person said so.
        may_send: who else of a process's kind would send now.

    `forgotten` are values of which a restored database does not know that they were written: what
    was discarded and sent anew may have been, by an event that is not there any more.
    """

    oracle: Oracle
    ledger: Ledger
    receiver: Receiver
    out_of_order: set[str]
    may_send: Callable[[Process], list[str]]
    dirty: bool = False
    excused: set[UUID] = field(default_factory=set)
    undone: set[UUID] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._place: dict[str, tuple[int, int] | None] = {}
        self._last: dict[int, int] = {}
        self._of_record: dict[str, set[UUID]] = {}
        self._written: set[str] = set()

    def committed(self, process: Process, name: str, doc: Document) -> None:
        """A transaction of `process` has committed: its term must have been the one."""
        self.dirty = True
        if name == "leader/raise" and (others := self.may_send(process)):
            raise Broken(f"one leader: {process.name} leads while {others} may still send")
        if "epoch" not in doc or "token" not in doc:
            return
        now = self.oracle.rows("SELECT epoch, token FROM leader WHERE name = ?", doc["name"])[0]
        if (now["epoch"], now["token"]) != (doc["epoch"], doc["token"]):
            raise Broken(f"one leader: {process.name} wrote {name} in a term that was over")

    def effect(self, request: Request) -> None:
        """The far side did something: once for each event, and in the order of its key."""
        event = str(request.effect)
        self._written.add(request.value)
        if request.command.startswith("records."):
            self._of_record.setdefault(request.key, set()).add(request.effect)
        if self.ledger.effects[request.effect] > 1 and request.effect not in self.excused:
            raise Broken(f"no effect twice: {request.command} of {event}")
        if self.oracle.value(_REFUSED, event) and request.effect not in self.undone:
            raise Broken(f"refused for good, and then it is done: {event}")
        place = self.key_of(event)
        if place is None or event in self.out_of_order:
            return
        key, seq = place
        if seq < self._last.get(key, 0):
            raise Broken(f"order per key: {event} is {seq} of key {key}, after {self._last[key]}")
        self._last[key] = seq

    def edited(self, key: str) -> None:
        """Somebody changed a record: who crashed after writing it cannot know that he did."""
        for effect in self._of_record.get(key, ()):
            found = self.oracle.value("SELECT state FROM inbox WHERE uuid = ?", str(effect))
            if found == "live":
                self.excused.add(effect)

    def restored(self) -> None:
        """The database is an older one: of what was done since, it knows nothing.

        A change of a record that a later one has changed again cannot be told from one that was
        never made, so it may be made once more; whatever else repeats must still be found.
        """
        self._place.clear()
        self._last.clear()
        self.ledger.sent.clear()
        self.receiver.begin()
        self.undone |= set(self.ledger.effects)
        self.forgotten |= self._written
        for effects in self._of_record.values():
            self.excused |= effects

    def key_of(self, event: str) -> tuple[int, int] | None:
        """An event's key and place; None for one that a restore has undone."""
        if event not in self._place:
            found = self.oracle.rows("SELECT key_id, seq FROM inbox WHERE uuid = ?", event)
            self._place[event] = (found[0][0], found[0][1]) if found else None
        return self._place[event]

    def after_turn(self) -> None:
        """What must hold at every instant."""
        if not self.dirty:
            return
        self.dirty = False
        self._none("conservation: neither live with a row, nor at an end", _MISPLACED)
        self._none("conservation: dead without a letter, or with two", _UNLETTERED)
        self._none("every attempt on record: runs without an open attempt", _UNATTEMPTED)
        self._none("every attempt on record: open, and nothing runs", _OPEN_ELSEWHERE)

    def at_rest(self, db: Database, promised: set[str]) -> None:
        """What must hold when everything has come to its end."""
        self.dirty = True
        self.after_turn()
        self._kept(promised)
        self._none("a message id names two events", _TWICE)
        self._superseded()
        self._stamped()
        self._told()
        self._recorded()
        self._sealed(db)

    def _none(self, promise: str, sql: str) -> None:
        found = self.oracle.rows(sql)
        if found:
            raise Broken(f"{promise}: {[tuple(row) for row in found[:3]]}")

    def _kept(self, promised: set[str]) -> None:
        there = {row["uuid"] for row in self.oracle.rows("SELECT uuid FROM inbox")}
        if promised - there:
            raise Broken(f"accepted means durable: {sorted(promised - there)[:3]} is not there")

    def _superseded(self) -> None:
        for row in self.oracle.rows(_SUPERSEDED):
            if row["by_seq"] is None:
                wrong = row["applied_seq"] is None or row["applied_seq"] < row["seq"]
            else:
                mine, by = (row["key_id"], row["head_id"]), (row["by_key"], row["by_head"])
                # What a person edited stands at its original's place.
                newer = row["by_seq"] >= row["seq"] if row["edited"] else row["by_seq"] > row["seq"]
                wrong = mine != by or not newer
            if wrong:
                raise Broken(f"superseded by nothing newer of its own: {tuple(row)}")

    def _stamped(self) -> None:
        newest: dict[int, stamps.Stamp] = {}
        for row in self.oracle.rows(_STAMPED):
            stamp, before = stamps.parse(row["stamp"]), newest.get(row["head_id"])
            if stamp is None or (before is not None and stamp.older_than(before)):
                raise Broken(f"an older state was accepted after a newer one: {tuple(row)}")
            newest[row["head_id"]] = stamp

    def _told(self) -> None:
        """States agree with effects, and subscribers know of what was applied."""
        for row in self.oracle.rows(_STATES):
            effects, event = self.ledger.effects[UUID(row["uuid"])], row["uuid"]
            if row["state"] == "applied" and event not in self.receiver.events:
                raise Broken(f"at least once: nobody was told of {event}")
            prompt = row["entity"] in _PROMPT and row["value"] not in self.forgotten
            if row["state"] == "applied" and prompt and not effects:
                raise Broken(f"applied, and nothing was done: {event}")
            if row["state"] in _UNDONE and effects and UUID(event) not in self.undone:
                raise Broken(f"{row['state']}, and it was done all the same: {event}")

    def _recorded(self) -> None:
        for row in self.oracle.rows(_WRITES):
            if self.ledger.sent[UUID(row["uuid"])] > row["n"]:
                raise Broken(f"every attempt on record: {row['uuid']} was sent more often")

    def _sealed(self, db: Database) -> None:
        wrong = verify(db)
        if wrong:
            raise Broken(f"the seal: {wrong[0]}")
        sealed: Counter[tuple[str, str]] = Counter()
        for row in self.oracle.rows(
            "SELECT kind, ids FROM seal WHERE kind IN ('open', 'close', 'crash')"
        ):
            kind = "open" if row["kind"] == "open" else "close"
            sealed.update((kind, ref) for ref in row["ids"].split(","))
        for row in self.oracle.rows(_ATTEMPTS):
            ref = f"{row['event_id']}.{row['number']}"
            wanted: list[Any] = ["open"] + (["close"] if row["closed_at"] else [])
            if any(sealed[kind, ref] != 1 for kind in wanted):
                raise Broken(f"the seal: attempt {ref} is not covered")
