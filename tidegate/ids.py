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
_POOL = 4096


class _Pool:
    """The system's random bytes, fetched by the page.

    Each call of the system gives up the interpreter's lock, and a busy event loop would wait to
    have it back once for every id.
    """

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            # Two processes must not draw the same bytes.
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._bytes, self._at = b"", 0

    def draw(self, n: int) -> bytes:
        with self._lock:
            if self._at + n > len(self._bytes):
                self._bytes, self._at = os.urandom(max(_POOL, n)), 0
            drawn = self._bytes[self._at : self._at + n]
            self._at += n
        return drawn


random_bytes = _Pool().draw
"""`random_bytes(n)`: n bytes of the system's randomness, cheap to ask for often."""


class Ids:
    """Draws identifiers; safe to use from several threads.

    Args:
        clock: gives the milliseconds.
        draw: `draw(n)` gives n random bytes.
    """

    def __init__(self, clock: Clock, draw: Callable[[int], bytes] = random_bytes) -> None:
        self._clock = clock
        self._draw = draw
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0

    def uuid(self) -> UUID:
        """A UUIDv7, larger than every one drawn before by this object."""
        return UUID(int=self._number())

    def text(self) -> str:
        """A UUIDv7 as text, at a third of the price of the object and its text."""
        with self._lock:
            ms, counter = self._tick(int(self._clock.now().timestamp() * 1000))
        return _text(ms, counter, self._draw(8).hex())

    def two_texts(self) -> tuple[str, str]:
        """Two at once, at the price of one and a half."""
        with self._lock:
            ms, counter = self._tick(int(self._clock.now().timestamp() * 1000))
            next_ms, next_counter = self._tick(ms)
        drawn = self._draw(16).hex()
        return _text(ms, counter, drawn[:16]), _text(next_ms, next_counter, drawn[16:])

    def token(self) -> str:
        """32 hexadecimal digits that no other term has."""
        return self._draw(16).hex()

    def _number(self) -> int:
        with self._lock:
            ms, counter = self._tick(int(self._clock.now().timestamp() * 1000))
        tail = int.from_bytes(self._draw(8)) & (2**62 - 1)
        return ms << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail

    def _tick(self, ms: int) -> tuple[int, int]:
        # A clock that stepped back, or a full counter, must not break the order.
        if ms > self._last_ms:
            self._last_ms, self._counter = ms, 0
        elif self._counter == _COUNTER_MAX:
            self._last_ms, self._counter = self._last_ms + 1, 0
        else:
            self._counter += 1
        return self._last_ms, self._counter


_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The two bits of the variant over the first digit of what was drawn."""


def _text(ms: int, counter: int, drawn: str) -> str:
    digits = f"{ms:012x}"
    tail = f"{_VARIANT[drawn[0]]}{drawn[1:4]}-{drawn[4:]}"
    return f"{digits[:8]}-{digits[8:]}-7{counter:03x}-{tail}"


def seeded_ids(clock: Clock, chance: random.Random) -> Ids:
    """Ids that repeat with the seed, for tests and simulation."""
    return Ids(clock, chance.randbytes)
