"""Rows and counts of what came within a minute: kept in memory, written about once a second.

Nothing is written on the way of a request. Whoever has no key decides how often he knocks; he must
not decide how much is written: kinds beyond a bound share rows.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from sql.database import Database, Document, Row
from tidegate.errors import Conflict, StoreError, Unstorable
from tidegate.ids import Ids
from tidegate.telemetry import logger

KINDS = 1000
"""Kinds a minute; those beyond share rows."""

MOST_OPEN = 2000
"""Rows that wait for a store that is away; what comes then is counted in rows that are there."""

MOST_WRITTEN = 500
"""Rows written at once: others write to the same database."""

MINUTE = 60.0
FLUSH_EVERY = 1.0
AWAY = 5.0
FOREVER = 3600.0

ELSEWHERE = "*"
"""What stands in a row that kinds share."""

Kind = TypeVar("Kind")
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class _Flight:
    """What one write carries; the same until it is known to be written."""

    rows: list[Row]
    seen: dict[str, int]


class Tally(ABC, Generic[Kind, Held]):
    """Notes on any thread; one thread steps it, see `tidegate.step`.

    Args:
        wake: called by the first note after a quiet time.

    Attributes:
        name: how its log lines begin.
        statement: the script that writes.
        dropped: what came and is on no record.
    """

    name: ClassVar[str]
    statement: ClassVar[str]

    def __init__(self, db: Database, ids: Ids, wake: Callable[[], None] = lambda: None) -> None:
        self._db = db
        self._ids = ids
        self._wake = wake
        self._lock = threading.Lock()
        self._minute: dict[Kind, Held] = {}
        self._open: dict[str, Row] = {}
        self._seen: dict[str, int] = {}
        self._flight: _Flight | None = None
        self._minute_ends: float | None = None
        self._idle = True
        self._log = logger(self.name)
        self.dropped = 0

    def step(self, now: float) -> float:
        """Write what was noted, about once a second; a store that is away is asked again later."""
        if not self._flush():
            return now + AWAY
        with self._lock:
            # While the store is away no minute ends, so that what waits stays bounded.
            if self._minute_ends is None:
                self._minute_ends = now + MINUTE
            elif now >= self._minute_ends:
                self._minute.clear()
                self._minute_ends = now + MINUTE
            if self._open:
                return now
            if self._minute or self._seen:
                return now + FLUSH_EVERY
            self._idle, self._minute_ends = True, None
            return now + FOREVER

    def close(self) -> None:
        """Write what is left; to be called when nobody notes or steps any more."""
        while (self._open or self._seen or self._flight) and self._flush():
            pass

    @abstractmethod
    def _document(self, rows: list[Row], seen: list[Row]) -> Document:
        """What `statement` is run with."""

    def _strip(self, _rows: list[Row]) -> bool:
        """Take off what a store may not hold; whether there was anything."""
        return False

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """One note, alone; whoever steps is woken where it was quiet."""
        with self._lock:
            yield
            was_idle, self._idle = self._idle, False
        if was_idle:
            self._wake()

    def _is_new_but_full(self, kind: Kind) -> bool:
        full = len(self._minute) >= KINDS or len(self._open) >= MOST_OPEN
        return full and kind not in self._minute

    def _again(self, uuid: str) -> None:
        """Count one more in a row that is there."""
        if uuid in self._open:
            self._open[uuid]["seen"] += 1
        else:
            self._seen[uuid] = self._seen.get(uuid, 0) + 1

    def _take(self) -> _Flight | None:
        with self._lock:
            uuids = list(self._open)[:MOST_WRITTEN]
            flight = _Flight([self._open.pop(uuid) for uuid in uuids], self._seen)
            self._seen = {}
        return flight if flight.rows or flight.seen else None

    def _flush(self) -> bool:
        """False where the store is away."""
        self._flight = flight = self._flight or self._take()
        if flight is None:
            return True
        seen: list[Row] = [{"uuid": uuid, "n": n} for uuid, n in sorted(flight.seen.items())]
        try:
            self._db.run(self.statement, self._document(flight.rows, seen))
        except Conflict:
            # Only its own rows can be in its way: an earlier try was written after all.
            self._log.info(f"{self.name}.written_before", rows=len(flight.rows))
        except Unstorable as error:
            if self._strip(flight.rows):
                return self._flush()
            self.dropped += sum(row["seen"] for row in flight.rows) + sum(flight.seen.values())
            self._log.error(f"{self.name}.unstorable", error=str(error), dropped=self.dropped)
        except StoreError as error:
            self._log.warning(f"{self.name}.waiting", error=str(error), rows=len(self._open))
            return False
        self._flight = None
        return True
