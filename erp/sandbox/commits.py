"""Group commit: the writes of one turn of the event loop share one durable transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from erp.sandbox.errors import BcError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Waiting:
    work: Callable[[], Any]
    answer: asyncio.Future[Any]


class Commits:
    """Runs work in order, in one thread, and answers after the COMMIT that holds it.

    Work that refuses (`BcError`) is undone alone: its neighbours stay whole.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._waiting: list[_Waiting] = []

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns; raises what it refuses with, or `sqlite3.Error`."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, loop.create_future())
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append(waiting)
        result: T = await waiting.answer
        return result

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            results = [self._attempt(waiting.work) for waiting in batch]
            self._db.execute("COMMIT")
        except Exception as error:
            # Nobody else can tell those who wait that nothing of the batch took place.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            results = [error] * len(batch)
        for waiting, result in zip(batch, results, strict=True):
            _tell(waiting.answer, result)

    def _attempt(self, work: Callable[[], Any]) -> Any:
        self._db.execute("SAVEPOINT work")
        try:
            return work()
        except BcError as refusal:
            self._db.execute("ROLLBACK TO work")
            return refusal
        finally:
            self._db.execute("RELEASE work")


def _tell(answer: asyncio.Future[Any], result: Any) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
