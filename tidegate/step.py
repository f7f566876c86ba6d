"""The shape of every role: do what is due, then say when to be woken.

A role starts no thread, reads no clock and draws no chance of its own, so that a whole house can
be stepped in one thread from a seed.
"""

from __future__ import annotations

from typing import Protocol


class Step(Protocol):
    """One role of the house."""

    def step(self, now: float) -> float:
        """Do what is due at `now` (monotonic seconds); return when to wake at the latest.

        A wake-up may come earlier (a commit, a finished lane); a step must stand that.
        """
        ...
