"""Identifiers: UUIDv7 for events and deliveries, random tokens for terms.

Source of the layout: RFC 9562, section 5.7; the 12 bits after the version count within one
millisecond (its section 6.2, method 1), so ids of one process sort as they were drawn.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from uuid import UUID

from tidegate.clock import Clock

_COUNTER_MAX = 0xFFF


class Ids:
    """Draws identifiers; safe to use from several threads.

    Args:
        clock: gives the milliseconds.
        draw: `draw(n)` gives n random bytes.
    """

    def __init__(self, clock: Clock, draw: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._draw = draw
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0

    def uuid(self) -> UUID:
        """A UUIDv7, larger than every one drawn before by this object."""
        with self._lock:
            ms, counter = self._tick(int(self._clock.now().timestamp() * 1000))
        tail = int.from_bytes(self._draw(8)) & (2**62 - 1)
        return UUID(int=ms << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail)

    def token(self) -> str:
        """32 hexadecimal digits that no other term has."""
        return self._draw(16).hex()

    def _tick(self, ms: int) -> tuple[int, int]:
        # A clock that stepped back, or a full counter, must not break the order.
        if ms > self._last_ms:
            self._last_ms, self._counter = ms, 0
        elif self._counter == _COUNTER_MAX:
            self._last_ms, self._counter = self._last_ms + 1, 0
        else:
            self._counter += 1
        return self._last_ms, self._counter


def seeded_ids(clock: Clock, chance: random.Random) -> Ids:
    """Ids that repeat with the seed, for tests and simulation."""
    return Ids(clock, chance.randbytes)
