"""A tally on a new SQLite file, stepped by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest.tally import Tally
from sql.database import Row
from tests.ingest.bench import Between, rows
from tidegate.clock import ManualClock
from tidegate.testing import migrated


class Tallied:
    """The store, the wake-ups, and what became of what was noted.

    Args:
        written: reads the rows that the tally writes.
    """

    tally: Tally[Any, Any]

    def __init__(self, folder: Path, written: str) -> None:
        self._written = written
        self.clock = ManualClock()
        self.db = Between(migrated(folder / "tidegate.sqlite", self.clock))
        self.wakes = 0

    def step(self) -> float:
        """Step once; the seconds until it wants to be woken."""
        now = self.clock.monotonic()
        return self.tally.step(now) - now

    def rows(self) -> list[Row]:
        return rows(self.db, self._written)

    def seen(self) -> list[int]:
        return [row["seen"] for row in self.rows()]

    def wake(self) -> None:
        self.wakes += 1
