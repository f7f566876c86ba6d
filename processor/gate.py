"""What one target lets run, and what the ends of its attempts teach: breaker, quota, refusals."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from processor.breaker import Breaker, State, sign_of
from processor.pauses import BREAKER, Pause, Refusals
from processor.quota import Quota
from processor.work import Result, Wrote
from tidegate.config_tables import AdapterOptions
from tidegate.outcome import Applied, Throttled


@dataclass(slots=True)
class Running:
    """An attempt in the lanes; `counts`: whether its end may be held against the event."""

    target: str
    started: float
    counts: bool = True


class Gate:
    """One target's gate. Moments are monotonic seconds.

    Args:
        health: asks the far side how it is.
    """

    def __init__(
        self,
        target: str,
        options: AdapterOptions,
        chance: random.Random,
        health: Callable[[], None],
    ) -> None:
        self.target = target
        self.health = health
        self.quota = Quota(options.lanes, options.calls)
        self._chance = chance
        self.begin()

    def begin(self) -> None:
        """Nothing runs; only what was learnt of the quota is kept."""
        self.breaker = Breaker(self._chance)
        self.refusals = Refusals()
        self.running = 0
        self.wanted: dict[str | None, Pause] = {}
        self._shown: float | None = None

    def room(self, now: float) -> int:
        """How many more attempts may start."""
        room = self.quota.room(self.running, now)
        most = self.breaker.may_run(self.running)
        return room if most is None else min(room, most)

    @property
    def tries_one(self) -> bool:
        """Whether the next attempt decides for all."""
        return self.breaker.state is State.HALF_OPEN

    def started(self, n: int, now: float) -> None:
        """`n` attempts begin."""
        self.running += n
        self.quota.took(n, now)

    def ended(self, result: Result, running: Running, now: float) -> None:
        """An attempt has ended. The one that opens the breaker is not held against its event."""
        self.running -= 1
        if self.breaker.calm and type(result) is Wrote and type(result.outcome) is Applied:
            self.quota.succeeded()
            self.refusals.heard(result)
            running.counts = True
            return
        closed = self.breaker.state is State.CLOSED
        said = result.outcome if isinstance(result, Wrote) else result.finding
        if isinstance(said, Throttled):
            self.quota.throttled(running.started, now)
        elif isinstance(said, Applied):
            self.quota.succeeded()
        sign = sign_of(result)
        self.breaker.heard(result.claimed.key_id, sign, now, getattr(said, "message", ""))
        pause = self.refusals.heard(result)
        if pause is not None:
            self.wanted[pause.entity] = pause
        running.counts = pause is None and closed and self._closed()

    def adopt(self, reason: str, now: float) -> None:
        """The row of a former leader's breaker is there."""
        self.breaker.take_over(now, reason)
        self._shown = now

    def to_show(self, now: float) -> tuple[Pause, bool] | None:
        """The breaker's row that is to be written (true) or to go (false)."""
        shut = self.breaker.shut(now)
        wanted = self.breaker.probe_at if shut else None
        if wanted == self._shown:
            return None
        reason = self.breaker.reason or "the far side does not answer"
        wait = max(self.breaker.probe_at - now, 0.0) if shut else None
        return Pause(self.target, None, BREAKER, reason, wait), shut

    def shown(self, now: float) -> None:
        """What `to_show` said is in the store."""
        self._shown = self.breaker.probe_at if self.breaker.shut(now) else None

    def _closed(self) -> bool:
        return self.breaker.state is State.CLOSED
