"""The group-commit writer: what arrived while the last commit ran is the next batch.

One thread steps it. A batch is read, decided and committed in two round trips; whoever waits is
answered from the committed transaction, or told that nothing was kept.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Lock
from typing import Generic, Protocol, TypeVar

from ingest.arrival import Accepted, Arrival, Peer
from ingest.batch import Batch
from ingest.heads import picture
from ingest.rehash import renew
from ingest.resends import Resends
from ingest.targets import Targets
from sql.database import Database, Document, Rows
from tidegate.errors import Conflict, StoreBusy, StoreError, StoreUnavailable, Unstorable
from tidegate.telemetry import logger

MOST = 200
"""Arrivals in one batch."""

MOST_BYTES = 8 * 1024 * 1024
RACES = 12
"""How often a batch is decided anew before its senders are told to come back."""

BUSY_TRIES = 3
"""How often a locked database is tried: a sender had better come back than hang."""

FOREVER = 3600.0

Ticket = TypeVar("Ticket")
_log = logger("writer")


class Store(Protocol):
    """What a batch is read from and written to."""

    def read(self, name: str, doc: Document) -> Rows: ...

    def run(self, name: str, doc: Document) -> Rows: ...


class Unwaiting(Protocol):
    """A database that can be written without waiting for another's lock."""

    def at_once(self) -> AbstractContextManager[Store]:
        """Raises `StoreBusy` where somebody would have to be waited for."""
        ...


class Writer(Generic[Ticket]):
    """Accepts arrivals.

    Args:
        target: the adapter that new keys go to, or how it is drawn.
        pause: waits so many seconds after a lost race; in tests and simulation it does not.
        now: Unix time in seconds.
        answer: told each ticket's outcome, batch by batch.
        on_accepted: told, after a commit, that there is work.
        backlog: waiting events beyond which commands are turned away, None for any number.
    """

    def __init__(
        self,
        db: Database,
        target: Targets,
        chance: random.Random,
        pause: Callable[[float], object],
        now: Callable[[], float],
        answer: Callable[[Sequence[tuple[Ticket, Accepted | StoreError]]], None],
        on_accepted: Callable[[], None] = lambda: None,
        backlog: int | None = None,
    ) -> None:
        self._db = db
        self._target = target
        self._chance = chance
        self._pause = pause
        self._now = now
        self._answer = answer
        self._on_accepted = on_accepted
        self._backlog = backlog
        self._resends = Resends()
        self._lock = Lock()
        self._stepping = Lock()
        self._queue: deque[tuple[Ticket, Arrival]] = deque()
        self._answered: set[object] = set()

    def submit(self, ticket: Ticket, arrival: Arrival) -> None:
        """Put one in line; safe from any thread."""
        with self._lock:
            self._queue.append((ticket, arrival))
            self._answered.discard(arrival.peer.connection)

    def waiting(self) -> int:
        """How many are in line."""
        return len(self._queue)

    def answered(self) -> int:
        """How many connections of the last batch have sent nothing since."""
        return len(self._answered)

    def step(self, now: float) -> float:
        """Commit one batch; see `tidegate.step`."""
        with self._stepping:
            taken = self._take()
            if not taken:
                return now + FOREVER
            outcomes = self.accept([arrival for _, arrival in taken])
        self._tell(taken, outcomes)
        return now

    def step_at_once(self, db: Unwaiting) -> bool:
        """Commit one batch where nobody has to be waited for.

        False where that cannot be: then nobody is answered, and all stand in line as before.
        """
        # Two batches under way could be committed in another order than they came in.
        if not self._stepping.acquire(blocking=False):
            return False
        try:
            taken = self._take()
            if not taken:
                return True
            outcomes = self._accept_at_once([arrival for _, arrival in taken], db)
            if outcomes is None:
                with self._lock:
                    self._queue.extendleft(reversed(taken))
                return False
        finally:
            self._stepping.release()
        self._tell(taken, outcomes)
        return True

    def accept(self, arrivals: Sequence[Arrival]) -> list[Accepted | StoreError]:
        """Decide and commit; one outcome for each, in their order. Never raises a store error."""
        try:
            return list(self._committed(arrivals))
        except Unstorable as error:
            if len(arrivals) == 1:
                return [self._refuse(arrivals[0], error)]
            half = len(arrivals) // 2
            return self.accept(arrivals[:half]) + self.accept(arrivals[half:])
        except Exception as error:
            return _failed(arrivals, error)

    def _accept_at_once(
        self, arrivals: Sequence[Arrival], db: Unwaiting
    ) -> Sequence[Accepted | StoreError] | None:
        try:
            with db.at_once() as store:
                return self._once(arrivals, store)
        except (Conflict, StoreBusy, Unstorable):
            # Nothing was written, and to get on takes more tries than there is time for here.
            return None
        except Exception as error:
            return _failed(arrivals, error)

    def _tell(
        self, taken: Sequence[tuple[Ticket, Arrival]], outcomes: Sequence[Accepted | StoreError]
    ) -> None:
        with self._lock:
            self._answered = {arrival.peer.connection for _, arrival in taken}
        self._answer([(ticket, out) for (ticket, _), out in zip(taken, outcomes, strict=True)])
        if any(isinstance(out, Accepted) and out.verdict == "new" for out in outcomes):
            self._on_accepted()

    def _take(self) -> list[tuple[Ticket, Arrival]]:
        taken: list[tuple[Ticket, Arrival]] = []
        size = 0
        with self._lock:
            while self._queue and len(taken) < MOST and size < MOST_BYTES:
                taken.append(self._queue.popleft())
                size += len(taken[-1][1].body)
        return taken

    def _committed(self, arrivals: Sequence[Arrival]) -> list[Accepted]:
        busy = 0
        for race in range(RACES):
            try:
                return self._once(arrivals, self._db)
            except (Conflict, StoreBusy) as error:
                busy += isinstance(error, StoreBusy)
                if busy >= BUSY_TRIES:
                    break
                self._pause(self._chance.uniform(0.0, 0.005 * 2 ** min(race, 6)))
        raise StoreUnavailable("too many writers want the same rows", next_step="try again")

    def _once(self, arrivals: Sequence[Arrival], db: Store) -> list[Accepted]:
        seen = picture(db.read("ingest/look", self._wanted(arrivals)))
        renew(seen, arrivals, lambda uuids: db.read("ingest/bodies", {"uuids": list(uuids)}))
        resends = self._resends.draft(self._now())
        batch = Batch(seen, self._target, resends, self._backlog)
        decided = [batch.add(arrival) for arrival in arrivals]
        db.run("ingest/accept", batch.document())
        resends.keep()
        return decided

    def _wanted(self, arrivals: Sequence[Arrival]) -> Document:
        commands = {a.key_hash for a in arrivals if a.kind == "command" and a.key_hash}
        return {
            "heads": sorted({a.head_hash for a in arrivals if a.head_hash}),
            "keys": sorted({a.key_hash for a in arrivals if a.key_hash}),
            "messages": sorted({a.message_key for a in arrivals if a.message_key}),
            "command_keys": sorted(commands),
            "backlog": self._backlog or 0 if commands else 0,
        }

    def _refuse(self, arrival: Arrival, error: Unstorable) -> Accepted | StoreError:
        """The row itself is at fault: keep that it came, and why it is not kept."""
        bare = replace(
            arrival,
            refused=f"unstorable: {error}"[:400],
            entity_text=None,
            message_id=None,
            stamp_text=None,
            trace=None,
            peer=Peer(),
        )
        try:
            return self._committed([bare])[0]
        except StoreError as failure:
            return failure


def _failed(arrivals: Sequence[Arrival], error: Exception) -> list[Accepted | StoreError]:
    if isinstance(error, StoreError):
        _log.error("accept.failed", error=str(error), arrivals=len(arrivals))
        return [error for _ in arrivals]
    # Our own fault; without an answer every sender of the batch would hang.
    _log.error("accept.failed", error=repr(error), exc_info=error)
    return [StoreUnavailable("something went wrong here") for _ in arrivals]
