"""When a message that was not delivered is sent again.

Source of the waits: standard-webhooks/standard-webhooks, spec/standard-webhooks.md, "Deliverability
and reliability": 75.6 hours in all.
"""

from __future__ import annotations

import random

WAITS = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""Seconds after the first, second … failed attempt."""

JITTER = 0.2
LONGEST = WAITS[-1] * (1 + JITTER)
"""Seconds; a receiver that asks for a longer wait is asked again after this one."""


def wait(attempts: int, asked: float | None, chance: random.Random) -> float | None:
    """Seconds until the next attempt; None where the schedule is spent.

    Args:
        attempts: how many were made, 1 or more.
        asked: seconds that the receiver asked for. They can lengthen a wait, never shorten it:
            else a receiver that says `Retry-After: 1` would spend the schedule in seconds.
    """
    if attempts > len(WAITS):
        return None
    floor = WAITS[attempts - 1] * chance.uniform(1 - JITTER, 1 + JITTER)
    return floor if asked is None else min(max(floor, asked), LONGEST)
