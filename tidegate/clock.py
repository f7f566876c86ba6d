"""Time, as something that is handed in.

Nothing but this file reads a clock. `now` is for people and for rows, `monotonic` for local
timers, `boottime` for trust in a beat: it goes on while the machine sleeps.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """Where a role gets its time from."""

    def now(self) -> datetime:
        """Aware UTC time of day."""
        ...

    def monotonic(self) -> float:
        """Seconds; never steps."""
        ...

    def boottime(self) -> float:
        """Seconds since boot, sleep included."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def boottime(self) -> float:
        return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class ManualClock:
    """For tests and simulation: it moves when told."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._ticks = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    def boottime(self) -> float:
        return self._ticks

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on all three clocks."""
        self._now += timedelta(seconds=seconds)
        self._ticks += seconds
