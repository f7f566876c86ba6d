"""Leadership: who may write, for how long it may trust that, and how it ends.

The **epoch row is the only authority**. A term is `(epoch, token)`; every transaction of a leader
starts by raising `beat` where the term still stands, and rolls back where it does not. So a leader
that froze, lost its session or was overtaken can write nothing, however sure it is of itself.

The **lock** (SQL Server: `sp_getapplock` on a session of its own; SQLite: an OS lock on a file)
only tells quickly that its holder died. Two may raise the epoch, both by compare-and-set on the
`(epoch, beat)` that they saw:

* the winner of the lock, once per winning, where the row says that the leader had it (`locked`);
* a standby that has seen the same `(epoch, beat)` for `STALE_AFTER` seconds by its own clock: a
  frozen process keeps its session, and so its lock.

A term that was won by a stale beat has no lock until the frozen process lets go of it. Whoever gets
that lock first has not seen its leader die: a leader that is alive may go on to send for as long as
it trusts its last beat, so the lock says nothing of it, and goes back.

**Trust**: the row fences the database, not the ERP. `may_send` is asked immediately before a
request is written, and is true only while the last confirmed beat is younger than `TRUST` seconds
on a clock that runs while the machine sleeps. A beat counts from before its transaction began.
Whoever leads with the lock must have it still: a server frees it as soon as its session breaks,
and the next leader, to whom that says that this one died, does not wait for `TRUST` to pass.

**Failure**: any doubt is a step down, which closes the lock's connection for real. Who was deposed
waits `AFTER_DEPOSED` seconds, so that `leader release` hands over.

Source of the shape: riverqueue/river `internal/leadership/doc.go` (trust window, term identity),
temporalio/temporal `shards.range_id` (the fence in each write).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sql.database import Database
from sql.tables.base import SCHEMA_NO
from sql.term import Term
from tidegate.clock import Clock
from tidegate.errors import Deposed, SchemaMismatch, StoreError
from tidegate.ids import Ids
from tidegate.telemetry import logger

BEAT_EVERY = 2.0
STALE_AFTER = 15.0
TRUST = 10.0
AFTER_DEPOSED = 5.0
AFTER_FAILURE = 1.0
TRY_EVERY = 0.25

_log = logger("leadership")


class _Seen(NamedTuple):
    """What stands still while nobody leads; `locked`: whether its leader had the lock."""

    epoch: int
    beat: int
    locked: bool


class LeaderLock(Protocol):
    """What tells quickly that a leader died."""

    def try_acquire(self) -> bool:
        """Take it if nobody holds it; may wait up to a second."""
        ...

    def held(self) -> bool:
        """Whether what was taken is still there, asked of whoever keeps it; from any thread."""
        ...

    def close(self) -> None:
        """Let go of it, session and all."""
        ...


class Leadership:
    """One role's candidacy and term.

    Args:
        name: `sync` or `relay`.
        holder: who this is, for people.
    """

    def __init__(
        self, db: Database, name: str, lock: LeaderLock, clock: Clock, ids: Ids, holder: str
    ) -> None:
        self._db = db
        self._name = name
        self._lock = lock
        self._clock = clock
        self._ids = ids
        self._holder = holder
        self.term: Term | None = None
        self.new_term = False
        self.last_beat: str = ""
        self.wake_at = 0.0
        self._locked = False
        self._seen: _Seen | None = None
        self._seen_since = 0.0
        self._confirmed = float("-inf")
        self._beat_due = 0.0
        self._lock_due = 0.0

    def step(self, now: float) -> Term | None:
        """Lead, or try to; the term that holds, if one does."""
        if self.term is not None:
            self._keep(now)
        elif now >= self.wake_at:
            self._stand(now)
        return self.term

    def settled_in(self) -> None:
        """The owner has taken over what the former term left."""
        self.new_term = False

    def confirm(self, at_boottime: float) -> None:
        """A fenced transaction that began at `at_boottime` has committed."""
        self._confirmed = max(self._confirmed, at_boottime)
        self._beat_due = self._clock.monotonic() + BEAT_EVERY
        self.wake_at = self._beat_due

    def may_send(self) -> bool:
        """Whether a request may leave now; asks for the lock, which may take two seconds."""
        term = self.term
        if term is None:
            return False
        if self._locked and not self._lock.held():
            # Whoever claims on would only have one request after the other refused.
            self._lock_due = float("-inf")
            return False
        return self.term is term and self._clock.boottime() - self._confirmed < TRUST

    def step_down(self, reason: str, wait: float = AFTER_FAILURE) -> None:
        """Lead no more; the lock goes with its session."""
        if self.term is not None:
            _log.warning("leader.down", role=self._name, epoch=self.term.epoch, reason=reason)
        self.term = None
        self.new_term = False
        self._seen = None
        self._locked = False
        self._lock.close()
        self.wake_at = self._clock.monotonic() + wait

    def close(self) -> None:
        """A clean stop: the lock is free at once for whoever stands by."""
        self.term = None
        self._lock.close()

    def _keep(self, now: float) -> None:
        if self._lost_lock(now):
            self.step_down("the lock's session is gone")
        if self.term is None or not (self._got_lock(now) or now >= self._beat_due):
            return
        began = self._clock.boottime()
        try:
            self._db.run("leader/beat", self.term.fence() | {"locked": int(self._locked)})
        except Deposed:
            self.step_down("another term leads", AFTER_DEPOSED)
        except StoreError as error:
            self.step_down(str(error))
        else:
            self.confirm(began)

    def _lost_lock(self, now: float) -> bool:
        if not self._locked or now < self._lock_due:
            return False
        self._lock_due = now + BEAT_EVERY
        return not self._lock.held()

    def _got_lock(self, now: float) -> bool:
        """Whether it has the lock since just now; tried as often under load as without."""
        if self._locked or now < self._lock_due:
            return False
        self._lock_due = now + BEAT_EVERY
        self._locked = self._lock.try_acquire()
        return self._locked

    def _stand(self, now: float) -> None:
        try:
            self._locked = self._locked or self._lock.try_acquire()
            seen = self._observe()
            # Asked after the look: whoever took a lock that was lost meanwhile has moved the epoch.
            self._locked = self._locked and self._lock.held()
            if self._stale(seen, now) or (self._locked and seen.locked):
                self._raise_epoch(seen)
            else:
                self._give_back_lock()
                self.wake_at = now + TRY_EVERY
        except Deposed:
            self._seen = None
            self.wake_at = now + TRY_EVERY
        except StoreError as error:
            _log.warning("leader.cannot_stand", role=self._name, error=str(error))
            self.step_down(str(error))

    def _give_back_lock(self) -> None:
        """The leader lives, and can have it."""
        if self._locked:
            self._locked = False
            self._lock.close()

    def _stale(self, seen: _Seen, now: float) -> bool:
        if seen != self._seen:
            # Not `now`, which is from before the look: who froze in between has seen it only now.
            self._seen, self._seen_since = seen, self._clock.monotonic()
        return now - self._seen_since >= STALE_AFTER

    def _observe(self) -> _Seen:
        rows = self._db.read("leader/observe", {"name": self._name})["leader"]
        if not rows or rows[0]["schema_no"] != SCHEMA_NO:
            raise SchemaMismatch("the schema is not ours", next_step="tidegate db upgrade")
        return _Seen(rows[0]["epoch"], rows[0]["beat"], bool(rows[0]["locked"]))

    def _raise_epoch(self, seen: _Seen) -> None:
        began = self._clock.boottime()
        token = self._ids.token()
        found = self._db.run(
            "leader/raise",
            {
                "name": self._name,
                "token": token,
                "holder": self._holder,
                "seen_epoch": seen.epoch,
                "seen_beat": seen.beat,
                "locked": int(self._locked),
                "schema_no": SCHEMA_NO,
            },
        )
        self.term = Term(self._name, found["term"][0]["epoch"], token)
        self.last_beat = found["before"][0]["beat_at"]
        self.new_term = True
        self.confirm(began)
        _log.info("leader.up", role=self._name, epoch=self.term.epoch, holder=self._holder)
