"""Lanes that are threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from tidegate.lanes import Lanes

T = TypeVar("T")


class ThreadLanes(Lanes[T]):
    """A fixed pool of daemon threads.

    Args:
        n: how many threads.
        name: what they are called, with a number behind it.
        wake: called, in the lane's thread, whenever a job has finished.
    """

    def __init__(self, n: int, name: str, wake: Callable[[], None]) -> None:
        self._n = n
        self._wake = wake
        self._jobs: SimpleQueue[Callable[[], T] | None] = SimpleQueue()
        self._results: deque[tuple[T] | BaseException] = deque()
        self._taken = 0
        self._alive = n
        self._ended = threading.Condition()
        for number in range(n):
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True).start()

    def free(self) -> int:
        return self._n - self._taken

    def submit(self, job: Callable[[], T]) -> None:
        self._taken += 1
        self._jobs.put(job)

    def finished(self) -> list[T]:
        results: list[T] = []
        while self._results:
            first = self._results[0]
            if isinstance(first, BaseException) and results:
                break
            self._results.popleft()
            self._taken -= 1
            if isinstance(first, BaseException):
                raise first
            results.append(first[0])
        return results

    def close(self, grace: float) -> bool:
        """End the threads; whether all ended within `grace` seconds. What runs on is a daemon."""
        for _ in range(self._n):
            self._jobs.put(None)
        with self._ended:
            return self._ended.wait_for(lambda: self._alive == 0, timeout=grace)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._results.append((job(),))
            except BaseException as error:
                # A lane that died of a job would be missing for ever; the role is told instead.
                self._results.append(error)
            self._wake()
        with self._ended:
            self._alive -= 1
            self._ended.notify_all()
