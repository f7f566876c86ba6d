"""Lanes: where a role has its slow calls made, while it goes on stepping itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Lanes(Protocol[T]):
    """A fixed number of places for jobs. All three methods are called by the role's own thread."""

    def free(self) -> int:
        """How many jobs may be submitted now."""
        ...

    def submit(self, job: Callable[[], T]) -> None:
        """Have `job` run, once, in any thread. A job does not raise: its failure is its result."""
        ...

    def finished(self) -> list[T]:
        """Results since the last call, in the order in which they came. Frees their lanes.

        Raises what a job has raised against the rule, after the results before it are handed out.
        """
        ...


class InlineLanes(Lanes[T]):
    """For calls that never wait, tests and simulation: a job has run when `submit` returns.

    Args:
        n: how many lanes.
        wake: called when a job has run; a role on a thread of its own would sleep else.
    """

    def __init__(self, n: int, wake: Callable[[], None] = lambda: None) -> None:
        self._n = n
        self._wake = wake
        self._results: list[T] = []

    def free(self) -> int:
        return self._n - len(self._results)

    def submit(self, job: Callable[[], T]) -> None:
        self._results.append(job())
        self._wake()

    def finished(self) -> list[T]:
        results, self._results = self._results, []
        return results
