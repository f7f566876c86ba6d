"""Looks into the database from outside: who leads, and when somebody settled again."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, func, select

from sql.database import Database
from sql.reads import rows
from sql.tables.inbox import inbox
from sql.tables.queue import sync_attempt
from tidegate.clock import Clock
from tidegate.errors import StoreError

EVERY = 0.02
"""Seconds between looks while a failover is timed."""


class Watch:
    """Reads only; a database that does not answer is asked again."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def leader(self) -> int | None:
        """The process number of who led last."""
        row = self._row()
        number = str(row["holder"]).rpartition(":")[2] if row else ""
        return int(number) if number.isdecimal() else None

    def epoch(self) -> int:
        """The newest epoch; 0 where nobody answers."""
        row = self._row()
        return int(row["epoch"]) if row else 0

    def flows(self, patience: float) -> bool:
        """Wait until an event that is accepted from now on has been tried; whether one was in time.

        An event of the backlog shows nothing: with an ingest that is down, a new leader soon has
        nothing to settle.
        """
        accepted = self._most(inbox.c.id)
        return self._closed(sync_attempt.c.event_id > accepted, patience) is not None

    def settled_after(self, epoch: int, patience: float) -> float | None:
        """Seconds until a later term closed its first attempt; None where none did in time."""
        new = and_(sync_attempt.c.id > self._most(sync_attempt.c.id), sync_attempt.c.epoch > epoch)
        return self._closed(new, patience)

    def _closed(self, which: ColumnElement[bool], patience: float) -> float | None:
        began, pause = self._clock.monotonic(), threading.Event()
        closed = select(func.count().label("n")).where(which, sync_attempt.c.closed_at.is_not(None))
        while (took := self._clock.monotonic() - began) < patience:
            try:
                if rows(self._db, closed)[0]["n"]:
                    return took
            except StoreError:
                pass
            pause.wait(EVERY)
        return None

    def _most(self, number: Column[int]) -> int:
        try:
            found = rows(self._db, select(func.max(number).label("n")))
        except StoreError:
            return 0
        return int(found[0]["n"] or 0)

    def _row(self) -> dict[str, Any] | None:
        try:
            found = self._db.read("leader/observe", {"name": "sync"})["leader"]
        except StoreError:
            return None
        return found[0] if found else None
