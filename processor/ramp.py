"""How far a job has come, how fast it may go on, and when it stops itself. Pure.

A replay goes out in stages: as many letters as the ramp's first number, then, once it is told what
became of each, its second, and so on; behind the last one the rest, at the rate. All of it is in
the request's row, so a later leader goes on where an earlier one was.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_OUT = 500
"""Letters sent whose end is awaited; no more are sent while there are so many."""

BURST_S = 0.5
"""Seconds whose share of the rate may be made up for at once."""

HAIR = 1e-6
"""Of a letter: what differences of large floats lose."""

LATE_AFTER = 60.0
"""Seconds that a stage waits for an event; one that takes longer counts as a failure."""

MOST_LATE = 500
"""Late ones that are still listened for; of what else is late it is only known how many there are.
All of these are in the job's row, which each step reads and writes."""

WINDOW = 20
"""Behind the ramp, or without one, the rate of errors is looked at each time so many are told."""

STAGING, WORKING, WAITING, GIVING_BACK = "staging", "working", "waiting", "giving_back"
"""Letters are taken, acted on, waited for; and given back where a job is cancelled."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operator set: letters a second, letters in each stage, share of failures (%)."""

    rate: int | None = None
    ramp: tuple[int, ...] = ()
    stop_at: int | None = None


@dataclass(slots=True)
class Progress:
    """Where a job stands; times are seconds since 1970 by the database's clock.

    Args:
        skips: how many were left as they were, by reason.
        out: ids of letters sent, with when; `late` the newest of which nothing was heard in time.
        unheard: how many more there were of those.
        ends: events that came to an end, by state.
        stage: how many stages are behind it; `sent`, `told` and `bad` count within the present one.
        tokens: letters that the rate allows, as of `at`.
        again: some had to wait for an event of their key, so the letters are gone through again.
        halt: the state to come to once nothing is out, and why.
    """

    phase: str = STAGING
    skips: dict[str, int] = field(default_factory=dict)
    out: dict[str, float] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    unheard: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    stage: int = 0
    sent: int = 0
    told: int = 0
    bad: int = 0
    tokens: float = 1.0
    at: float = 0.0
    again: bool = False
    halt: dict[str, str] | None = None

    @classmethod
    def of(cls, text: str | None) -> Progress:
        """From the column `progress`."""
        return cls(**json.loads(text)) if text else cls()

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def skip(self, why: str, n: int = 1) -> None:
        """Count letters that are left as they were."""
        self.skips[why] = self.skips.get(why, 0) + n

    def room(self, limits: Limits, now: float) -> int:
        """How many letters may be sent now."""
        self._earn(limits, now)
        room = MOST_OUT - len(self.out)
        if self.stage < len(limits.ramp):
            room = min(room, limits.ramp[self.stage] - self.sent)
        if limits.rate is not None:
            room = min(room, math.floor(self.tokens + HAIR))
        return max(room, 0)

    def send(self, letters: list[int], now: float) -> None:
        """These are sent."""
        self.out |= {str(each): now for each in letters}
        self.sent += len(letters)
        self.tokens -= len(letters)

    def hear(self, found: Mapping[str, str], now: float) -> int:
        """What became of those that are out; how many died again.

        Args:
            found: the state of each that came to an end, `dead` where it died again.
        """
        for each in [each for each in self.out if each in found]:
            del self.out[each]
            self._tell(found[each], bad=found[each] == "dead")
        for each in [each for each in self.late if each in found]:
            # It has counted as a failure of its stage already.
            self.late.remove(each)
            self._tell(found[each], bad=False, told=0)
        for each in [e for e, since in self.out.items() if now - since >= LATE_AFTER]:
            del self.out[each]
            self.late.append(each)
            self.told += 1
            self.bad += 1
        self.unheard += max(len(self.late) - MOST_LATE, 0)
        del self.late[:-MOST_LATE]
        return self.ends.get("dead", 0)

    def judge(self, limits: Limits) -> None:
        """At the end of a stage: stop, or go on to the next one."""
        if self.stage < len(limits.ramp):
            if self.out or self.sent < limits.ramp[self.stage]:
                return
        elif self.told < (limits.ramp[-1] if limits.ramp else WINDOW):
            return
        if self._too_bad(limits):
            why = f"{self.bad} of {self.told} failed again; it stops at {limits.stop_at} %"
            self.halt = {"state": "paused", "why": why}
        else:
            self.stage += self.stage < len(limits.ramp)
            self.begin_stage()

    def begin_stage(self) -> None:
        """Count anew."""
        self.sent = self.told = self.bad = 0

    @property
    def under_way(self) -> int:
        """Letters sent of whose end nothing was heard."""
        return len(self.out) + len(self.late) + self.unheard

    def wait(self, limits: Limits) -> float:
        """Seconds until the rate allows another letter."""
        if limits.rate is None or self.tokens >= 1:
            return 0.0
        return (1 - self.tokens) / limits.rate

    def _earn(self, limits: Limits, now: float) -> None:
        if limits.rate is not None:
            most = max(1.0, limits.rate * BURST_S)
            earned = max(now - self.at, 0.0) * limits.rate if self.at else 0.0
            self.tokens = min(most, self.tokens + earned)
        self.at = now

    def _tell(self, state: str, *, bad: bool, told: int = 1) -> None:
        self.ends[state] = self.ends.get(state, 0) + 1
        self.told += told
        self.bad += bad

    def _too_bad(self, limits: Limits) -> bool:
        if limits.stop_at is None or not self.bad:
            return False
        return self.bad * 100 >= limits.stop_at * self.told


def result(progress: Progress, **more: Any) -> str:
    """The column `result`: what was skipped and why, and what became of what was sent."""
    told: dict[str, Any] = {"skipped": dict(sorted(progress.skips.items()))}
    told |= {"ends": dict(sorted(progress.ends.items()))} if progress.ends else {}
    told |= {"under_way": progress.under_way} if progress.under_way else {}
    return json.dumps(told | {name: value for name, value in more.items() if value is not None})
