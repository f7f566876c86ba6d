"""Waiting for what real processes do: poll with a deadline, or watch that nothing happens."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL = 0.01


def eventually(
    what: str, seconds: float, look: Callable[[], T | None], *, every: float = POLL
) -> T:
    """The first thing that `look` finds, asked `every` so many seconds; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        threading.Event().wait(every)


def stays(what: str, seconds: float, look: Callable[[], bool]) -> None:
    """Fails the test unless `look` stays true for `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert look(), what
        threading.Event().wait(10 * POLL)


def measured(text: str) -> None:
    """A figure for whoever runs with `-s`."""
    sys.stdout.write(f"\n{text}\n")
