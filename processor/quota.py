"""How much of one far side the drain uses: attempts at a time, and attempts per window.

The far side's 429 teaches: concurrency halves, and grows by one after twenty successes. Pure.
"""

from __future__ import annotations

from collections import deque

GROW_AFTER = 20
SLOTS = 60
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}


class Quota:
    """One target's quota. Moments are monotonic seconds.

    Args:
        lanes: attempts at a time, at most.
        calls: attempts per window, such as `600/minute`; None: any number. No window, wherever it
            begins, holds more.
    """

    def __init__(self, lanes: int, calls: str | None = None) -> None:
        most, _, unit = calls.partition("/") if calls else ("", "", "second")
        self._most = int(most) if calls else None
        self._slot = _SECONDS[unit] / SLOTS
        self._taken: deque[tuple[int, int]] = deque()
        self._in_window = 0
        self._lanes = lanes
        self.limit = lanes
        self._successes = 0
        self._halved_at = float("-inf")

    def room(self, running: int, now: float) -> int:
        """How many more may start while `running` do."""
        at_a_time = max(self.limit - running, 0)
        if self._most is None:
            return at_a_time
        self._forget(now)
        return min(at_a_time, max(self._most - self._in_window, 0))

    def took(self, n: int, now: float) -> None:
        """`n` have started."""
        if self._most is None:
            return
        slot = int(now // self._slot)
        self._in_window += n
        if self._taken and self._taken[-1][0] == slot:
            n += self._taken.pop()[1]
        self._taken.append((slot, n))

    def throttled(self, started: float, now: float) -> None:
        """One that started at `started` was answered 429."""
        self._successes = 0
        # Those that left together are answered together: that is one lesson, not eight.
        if started > self._halved_at:
            self.limit = max(self.limit // 2, 1)
            self._halved_at = now

    def succeeded(self) -> None:
        """One was answered well."""
        if self.limit >= self._lanes:
            return
        self._successes += 1
        if self._successes >= GROW_AFTER:
            self.limit += 1
            self._successes = 0

    def _forget(self, now: float) -> None:
        # A slot counts until all of it is a window old.
        first = int(now // self._slot) - SLOTS
        while self._taken and self._taken[0][0] < first:
            self._in_window -= self._taken.popleft()[1]
