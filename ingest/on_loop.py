"""The writer's steps on the event loop itself, as long as they are quick.

A thread beside a busy loop waits for the interpreter's lock more than it works. So what came in is
committed within the loop, as soon as a turn of it has brought nothing more. Where a lock is held,
or the disk is slow, the thread does it, and the loop goes on answering.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ingest.writer import Unwaiting, Writer
from tidegate.clock import Clock

SLOW = 0.05
"""Seconds that a commit may hold up the loop before the thread takes over."""

TURNS = 8
"""Turns of the loop that a batch may wait for more to come in, each as short as a turn is."""

QUIET = 0.0005
"""Seconds without anything new after which a batch waits no longer for who was just answered.

Answers leave when a turn ends, and what they bring is read some turns later: without this senders
that go on at once part into groups that take turns, and a small batch costs nearly as much as a
large one.
"""

PATIENCE = 0.02
"""Seconds after their answers in which it waits for them at all."""

AWAY = 1.0
"""Seconds for which it then has."""


class OnLoop:
    """Wakes a writer; for the loop's thread alone.

    Args:
        wake_thread: has the writer stepped by its thread.
    """

    def __init__(
        self, writer: Writer[Any], db: Unwaiting, wake_thread: Callable[[], None], clock: Clock
    ) -> None:
        self._writer = writer
        self._db = db
        self._wake_thread = wake_thread
        self._clock = clock
        self._planned = False
        self._turns = 0
        self._seen = 0
        self._grew = 0.0
        self._answered_at = float("-inf")
        self._back_at = float("-inf")

    def wake(self) -> None:
        """There is something in line."""
        if self._planned:
            return
        if self._clock.monotonic() < self._back_at:
            self._wake_thread()
            return
        self._planned = True
        self._turns = self._seen = 0
        self._look()

    def _look(self) -> None:
        waiting = self._writer.waiting()
        if self._more_may_come(waiting):
            self._seen = waiting
            asyncio.get_running_loop().call_soon(self._look)
        else:
            self._step()

    def _more_may_come(self, waiting: int) -> bool:
        now = self._clock.monotonic()
        if waiting > self._seen:
            self._grew = now
            self._turns += 1
            if self._turns <= TURNS:
                return True
        back = self._writer.answered() == 0 or now >= self._answered_at + PATIENCE
        return not back and now < self._grew + QUIET

    def _step(self) -> None:
        self._planned = False
        start = self._clock.monotonic()
        done = self._writer.step_at_once(self._db)
        end = self._answered_at = self._clock.monotonic()
        if end - start > SLOW:
            self._back_at = end + AWAY
        if not done or self._writer.waiting():
            self._wake_thread()
