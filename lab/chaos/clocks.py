"""The simulation's time: it moves when told, and its wall clock can be stepped."""

from __future__ import annotations

from datetime import timedelta

from tidegate.clock import ManualClock


class SimClock(ManualClock):
    """One machine's clocks; every process of the simulation, and its database, share them."""

    def go_to(self, moment: float) -> None:
        """Let time pass until `moment` (monotonic seconds); never back."""
        if moment > self._ticks:
            self.advance(moment - self._ticks)

    def step_wall(self, seconds: float) -> None:
        """Somebody sets the clock: the time of day alone jumps, either way."""
        self._now += timedelta(seconds=seconds)
