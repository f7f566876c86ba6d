"""Lanes whose jobs begin and end later, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lab.chaos.world import Process, World
from tidegate.lanes import Lanes

T = TypeVar("T")

SLOW = 0.03
"""How often a lane's thread gets its turn only seconds later."""


class VirtualLanes(Lanes[T]):
    """A fixed number of lanes of one process.

    Args:
        wake: called when a job has ended.
        slow: says whether a job may begin seconds late.
    """

    def __init__(
        self,
        world: World,
        process: Process,
        n: int,
        wake: Callable[[], None],
        slow: Callable[[], bool],
    ) -> None:
        self._world = world
        self._process = process
        self._n = n
        self._wake = wake
        self._slow = slow
        self._flying = 0
        self._results: list[T] = []

    def free(self) -> int:
        return self._n - self._flying - len(self._results)

    def submit(self, job: Callable[[], T]) -> None:
        self._flying += 1
        chance = self._world.chance
        late = self._slow() and chance.random() < SLOW
        wait = chance.uniform(4.0, 14.0) if late else chance.uniform(0.0, 0.02)
        self._world.after_s(wait, lambda: self._run(job), self._process)

    def finished(self) -> list[T]:
        results, self._results = self._results, []
        return results

    def _run(self, job: Callable[[], T]) -> None:
        result = job()
        wait = self._world.chance.uniform(0.0, 0.05)
        self._world.after_s(wait, lambda: self._done(result), self._process)

    def _done(self, result: T) -> None:
        self._flying -= 1
        self._results.append(result)
        self._wake()
