"""The breaker of one target: it counts distinct keys, so that one poison event cannot open it.

Closed: everything runs. Open: nothing does; when it is time the far side's health is asked.
Half-open: exactly one event runs, of another key than the last one; it closes the breaker or
opens it anew.

Source: shared design, effects, "Retry, breaker, quota". Pure: no clock, no store.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from processor.work import Looked, Result, Wrote
from tidegate.outcome import CannotTell, NotSent, Rejected, Retry, Throttled, Unknown

KEYS = 5
"""Distinct keys that failed without a success between them, after which it opens."""

KEYS_CONNECT = 3
"""The same where not one of them even connected."""

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
SPREAD = 0.2
KNOWN_FOR = 5.0
"""Seconds that a half-open breaker with nothing to try still counts as open for others."""

_NO_CALL = frozenset(
    {
        "mapping",
        "config",
        "unanswered",
        "capability",
        "forward",
        "on_delete",
        "missing",
        "store",
        "send-check",
        "repeat",
        "crash",
        "shadow",
    }
)
"""Rules of attempts that end without a word from the far side."""


class State(Enum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Sign(Enum):
    """What an attempt's end says of the far side."""

    ANSWERS = "answers"
    FAILS = "fails"
    UNREACHABLE = "unreachable"
    NOTHING = "nothing"


# To ask an enumeration for its member costs more than all that is done with it.
_CLOSED = State.CLOSED


@dataclass(frozen=True, slots=True)
class Health:
    """What a far side's health was; `message` says why it is not well."""

    target: str
    well: bool
    message: str = ""


Finished: TypeAlias = Wrote | Looked | Health
"""What a lane of the drain hands back."""


def ask(target: str, health: Callable[[], None]) -> Health:
    """Ask a far side how it is, in a lane. Never raises."""
    try:
        health()
    except Exception as error:
        return Health(target, False, f"{type(error).__name__}: {error}"[:400])
    return Health(target, True)


def sign_of(result: Result) -> Sign:
    """Whether the far side answered."""
    if result.trace.rule in _NO_CALL or result.trace.pause is not None:
        return Sign.NOTHING
    if isinstance(result, Looked):
        failed = isinstance(result.finding, CannotTell) and result.trace.rule == "probe.failed"
        return Sign.FAILS if failed else Sign.ANSWERS
    match result.outcome:
        case NotSent():
            return Sign.UNREACHABLE
        case Unknown():
            return Sign.FAILS
        case Retry():
            status = result.trace.status
            return Sign.FAILS if status is None or status >= 500 else Sign.ANSWERS
        case Throttled():
            return Sign.NOTHING
        case Rejected():
            return Sign.ANSWERS
        case _:
            return Sign.ANSWERS


class Breaker:
    """One target's breaker. Moments are monotonic seconds.

    Args:
        chance: spreads the waits.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._failed: dict[int, bool] = {}
        self._tries = 0
        self._asking = False
        self._since = 0.0
        self._avoid: int | None = None
        self.state = State.CLOSED
        self.probe_at = 0.0
        self.reason = ""

    @property
    def calm(self) -> bool:
        """Closed, with nothing to forget: a success changes nothing."""
        return self.state is _CLOSED and not (self._failed or self._tries or self._avoid)

    def take_over(self, now: float, reason: str) -> None:
        """A former leader's was open: so is this one, and the far side is asked at once."""
        self.state, self.probe_at, self.reason = State.OPEN, now, reason

    def heard(self, key: int, sign: Sign, now: float, message: str = "") -> None:
        """An attempt on an event of `key` has ended."""
        if sign is Sign.NOTHING or self.state is State.OPEN:
            return
        if sign is Sign.ANSWERS:
            self._close()
            return
        self._failed.pop(key, None)
        self._failed[key] = sign is Sign.UNREACHABLE
        if self.state is State.HALF_OPEN or self._enough():
            self._avoid = key
            self._open(now, message)

    def may_run(self, running: int) -> int | None:
        """How many more may start while `running` do; None: any number."""
        if self.state is State.CLOSED:
            return None
        return 1 if self.state is State.HALF_OPEN and running == 0 else 0

    def must_ask(self, now: float) -> bool:
        """Whether the far side's health is to be asked now; true once per time."""
        due = self.state is State.OPEN and not self._asking and now >= self.probe_at
        self._asking = self._asking or due
        return due

    def asked(self, health: Health, now: float) -> None:
        """The answer has come."""
        if not self._asking:
            return
        self._asking = False
        if self.state is not State.OPEN:
            return
        if health.well:
            self.state, self._since = State.HALF_OPEN, now
        else:
            self._open(now, health.message)

    def last_key(self) -> int | None:
        """The key that was tried last, told once: another one goes first now."""
        key, self._avoid = self._avoid, None
        return key

    def shut(self, now: float) -> bool:
        """Whether others should take it for open."""
        idle = self.state is State.HALF_OPEN and now - self._since >= KNOWN_FOR
        return self.state is not State.CLOSED and not idle

    def _enough(self) -> bool:
        least = KEYS_CONNECT if all(self._failed.values()) else KEYS
        return len(self._failed) >= least

    def _open(self, now: float, message: str) -> None:
        wait = min(FIRST_WAIT * 2.0 ** min(self._tries, 16), LONGEST_WAIT)
        self._tries += 1
        self._failed.clear()
        self.state = State.OPEN
        self.reason = message[:400]
        self.probe_at = now + wait * self._chance.uniform(1.0 - SPREAD, 1.0 + SPREAD)

    def _close(self) -> None:
        self.state = State.CLOSED
        self._failed.clear()
        self._tries = 0
        self._avoid = None
