"""Callers that wait for their command's end: one poller a process serves them all.

One statement with all their ids, 20 ms growing to 200 ms, none while nobody waits. In the leader's
process the settlement wakes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from sql.database import Database
from tidegate.errors import StoreError

SHORTEST = 0.02
LONGEST = 0.2
FOREVER = 3600.0


@dataclass(frozen=True, slots=True)
class Ended:
    """An event that came to its end, with its stored answer if it is a command."""

    state: str
    status: int | None
    answer: bytes | None


_Future: TypeAlias = "asyncio.Future[Ended]"


class Waiters:
    """The poller; a `Step`.

    Args:
        wake: called when somebody starts to wait.
    """

    def __init__(self, db: Database, wake: Callable[[], None]) -> None:
        self._db = db
        self._wake = wake
        self._lock = Lock()
        self._waiting: dict[str, list[_Future]] = {}
        self._pause = SHORTEST
        self._due = 0.0
        self._told = False

    async def wait(self, event: str, seconds: float) -> Ended | None:
        """The event's end, or None where it has not come in `seconds`."""
        future: _Future = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.setdefault(event, []).append(future)
            self._pause, self._told = SHORTEST, True
        self._wake()
        try:
            return await asyncio.wait_for(future, seconds)
        except TimeoutError:
            return None
        finally:
            self._leave(event, future)

    def settled(self, events: Iterable[str]) -> None:
        """Told by a leader in this process: look at once if one of these is waited for."""
        with self._lock:
            known = any(event in self._waiting for event in events)
            self._told = self._told or known
        if known:
            self._wake()

    def ended(self, event: str) -> Ended | None:
        """The event's end, if it has come."""
        return self._ask([event]).get(event)

    def step(self, now: float) -> float:
        """Look once for everybody; see `tidegate.step`."""
        with self._lock:
            events = list(self._waiting)
            if not events:
                return now + FOREVER
            if now < self._due and not self._told:
                return self._due
            self._told = False
        # While the database is away nobody is told; the callers' own time limit answers them.
        with suppress(StoreError):
            self._tell(self._ask(events))
        self._due = now + self._pause
        self._pause = min(self._pause * 1.5, LONGEST)
        return self._due

    def _ask(self, events: list[str]) -> dict[str, Ended]:
        rows = self._db.read("events/answers", {"uuids": events})["answers"]
        return {
            row["uuid"]: Ended(row["state"], row["answer_status"], row["answer"]) for row in rows
        }

    def _tell(self, ended: dict[str, Ended]) -> None:
        for event, end in ended.items():
            with self._lock:
                futures = self._waiting.pop(event, [])
            for future in futures:
                future.get_loop().call_soon_threadsafe(_set, future, end)

    def _leave(self, event: str, future: _Future) -> None:
        with self._lock:
            left = [each for each in self._waiting.get(event, []) if each is not future]
            if left:
                self._waiting[event] = left
            else:
                self._waiting.pop(event, None)


def _set(future: _Future, end: Ended) -> None:
    if not future.done():
        future.set_result(end)
