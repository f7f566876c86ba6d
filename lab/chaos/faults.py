"""What goes wrong, drawn from the seed: with calls to the store, to the far side, to receivers.

Every seed has weather of its own: some kinds of faults, at some rate. A run in which everything
fails a little finds less than many runs in each of which a few things fail a lot.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Protocol

STORE = (
    "busy",
    "lost",
    "commit-lost",
    "commit-unknown",
    "slow",
    "slow-after",
    "freeze",
    "freeze-after",
    "kill",
    "kill-after",
)
"""Of a call to the store. `…-after`, and `commit-unknown`: it took effect, and then that."""

FAR = (
    "refused",
    "throttled",
    "unreachable",
    "drop-before",
    "drop-after",
    "proxy-after",
    "late",
    "slow",
    "freeze",
    "kill",
    "kill-after",
)
"""Of a write to the far side; `late`: it takes effect after its sender gave up."""

READ = ("unreachable", "busy")
RECEIVER = ("fail", "drop-after", "slow", "freeze", "kill-after", "throttled")
RARE = frozenset({"freeze", "freeze-after", "kill", "kill-after"})
"""These cost a whole term each, so they come at a fraction of the rate."""

RATES = {
    "store": (0.0, 0.01, 0.03, 0.08),
    "far": (0.0, 0.1, 0.3, 0.6),
    "read": (0.0, 0.0, 0.05, 0.2),
    "receiver": (0.0, 0.1, 0.3),
}
"""What share of calls fails; each seed has one of these."""


class Faults(Protocol):
    """What befalls a call: one of the words above, or None."""

    def store(self, process: str, name: str, *, writes: bool) -> str | None: ...

    def far(self) -> str | None: ...

    def read(self) -> str | None: ...

    def receiver(self) -> str | None: ...

    def slow_lanes(self) -> bool: ...


class Scripted:
    """A fine day, but for what is told.

    `next_far` befalls the next writes to the far side, one each.
    """

    def __init__(self) -> None:
        self.next_far: deque[str] = deque()

    def store(self, process: str, name: str, *, writes: bool) -> str | None:
        return None

    def far(self) -> str | None:
        return self.next_far.popleft() if self.next_far else None

    def read(self) -> str | None:
        return None

    def receiver(self) -> str | None:
        return None

    def slow_lanes(self) -> bool:
        return False


class DiesAt(Scripted):
    """The process that makes the n-th writing call to the store dies of it.

    Args:
        n: the first is 1.
        word: `kill`, or `kill-after` where the call takes effect first.
    """

    def __init__(self, n: int, word: str) -> None:
        super().__init__()
        self._left = n
        self._word = word

    @property
    def reached(self) -> bool:
        """Whether there was an n-th call."""
        return self._left <= 0

    def store(self, process: str, name: str, *, writes: bool) -> str | None:
        self._left -= writes
        return self._word if writes and self._left == 0 else None


class Weather:
    """The faults of one seed, until `clear` is called.

    Args:
        store: the only faults of calls to the store, at the highest rate; none: as drawn.
    """

    def __init__(self, chance: random.Random, store: tuple[str, ...] = ()) -> None:
        self._chance = chance
        self._kinds = {
            "store": _some(chance, STORE),
            "far": _some(chance, FAR),
            "read": _some(chance, READ),
            "receiver": _some(chance, RECEIVER),
        }
        self._rates = {name: chance.choice(rates) for name, rates in RATES.items()}
        self._slow_lanes = chance.random() < 0.5
        if store:
            self._kinds["store"], self._rates["store"] = store, RATES["store"][-1]

    def clear(self) -> None:
        """From now on nothing fails."""
        self._rates = dict.fromkeys(self._rates, 0.0)
        self._slow_lanes = False

    def store(self, process: str, name: str, *, writes: bool) -> str | None:
        return self._drawn("store")

    def far(self) -> str | None:
        return self._drawn("far")

    def read(self) -> str | None:
        return self._drawn("read")

    def receiver(self) -> str | None:
        return self._drawn("receiver")

    def slow_lanes(self) -> bool:
        return self._slow_lanes

    def _drawn(self, where: str) -> str | None:
        rate, kinds = self._rates[where], self._kinds[where]
        if not kinds or self._chance.random() >= rate:
            return None
        kind = self._chance.choice(kinds)
        return None if kind in RARE and self._chance.random() < 0.6 else kind


def _some(chance: random.Random, kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(kind for kind in kinds if chance.random() < 0.5)
