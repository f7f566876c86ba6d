"""Exponential backoff with full jitter.

Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait between tries.

    Args:
        base: seconds before the first repeat, at most.
        factor: growth from try to try.
        cap: seconds that no wait exceeds.
    """

    base: float = 1.0
    factor: float = 2.0
    cap: float = 900.0

    def ceiling(self, tries: int) -> float:
        """The longest wait after `tries` failed tries, in seconds."""
        # The exponent is bounded so that a row with thousands of tries cannot overflow a float.
        return min(self.cap, self.base * self.factor ** min(max(tries - 1, 0), 64))

    def delay(self, tries: int, chance: random.Random) -> float:
        """A wait between nothing and the ceiling, in seconds."""
        return chance.uniform(0.0, self.ceiling(tries))
