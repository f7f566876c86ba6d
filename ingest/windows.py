"""Moving windows for the library `limits`, in memory and on our clock.

The storage that it ships reads the time of day, which steps, and starts a thread at almost every
hit; a limit needs neither.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque

from limits import RateLimitItem, parse
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from tidegate.clock import Clock


class Windows(Storage, MovingWindowSupport):
    """When the last hits of each key were; as many as its limit at most.

    The other strategies of the library count in fixed windows and are not served.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._hits: defaultdict[str, deque[float]] = defaultdict(deque)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` hits where there is room for all of them."""
        with self._lock:
            hits = self._since(key, expiry)
            if len(hits) + amount > limit:
                return False
            hits.extend([self._clock.monotonic()] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The oldest hit that still counts, or now, and how many there are."""
        with self._lock:
            hits = self._since(key, expiry)
            return (hits[0] if hits else self._clock.monotonic()), len(hits)

    def _since(self, key: str, expiry: int) -> deque[float]:
        hits, begins = self._hits[key], self._clock.monotonic() - expiry
        while hits and hits[0] <= begins:
            hits.popleft()
        return hits

    @property
    def base_exceptions(self) -> type[Exception]:
        """None is raised."""
        return ValueError

    def check(self) -> bool:
        """It is there as long as the process is."""
        return True

    def reset(self) -> int:
        """Forget every hit."""
        with self._lock:
            count = len(self._hits)
            self._hits.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget the hits of one key."""
        with self._lock:
            self._hits.pop(key, None)

    def get(self, key: str) -> int:
        """Not served: counts in fixed windows."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Not served: counts in fixed windows."""
        raise NotImplementedError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not served: counts in fixed windows."""
        raise NotImplementedError


class Meter:
    """Moving windows by kind and name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limiter = MovingWindowRateLimiter(Windows(clock))

    def hit(self, rate: RateLimitItem, kind: str, name: str) -> float | None:
        """None where the hit is within the rate, else the seconds until there is room."""
        if self._limiter.hit(rate, kind, name):
            return None
        reset, _ = self._limiter.get_window_stats(rate, kind, name)
        return max(reset - self._clock.monotonic(), 0.0)


def rate_of(text: str) -> RateLimitItem:
    """A rate as configured, such as `600/minute`."""
    return parse(text)
