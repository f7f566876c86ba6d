"""One thread, one virtual clock, one agenda: what every part of the simulation happens in.

A process of the house that waits (for the database, for the far side, or because it is frozen)
stands still in the middle of its call while the agenda goes on under it. So its calls interleave
with everybody else's, although nothing here is concurrent, and the same seed does the same again.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.chaos.clocks import SimClock

DEPTH = 3
"""How many calls may stand still within each other."""

MOST_TURNS = 60_000
"""Turns of the agenda after which a run is taken to lead nowhere."""


class Killed(BaseException):
    """The process that runs this dies here: nothing of it may go on, or clean up."""

    def __init__(self, process: Process) -> None:
        super().__init__(process.name)
        self.process = process


class Broken(BaseException):
    """A promise does not hold; it passes through whatever code it is found in."""


@dataclass(eq=False)
class Process:
    """What dies and freezes as one. `life` counts its births."""

    name: str
    life: int = 0
    alive: bool = False
    frozen_until: float = 0.0
    dies: list[Callable[[], None]] = field(default_factory=list)


@dataclass(order=True, slots=True)
class _Turn:
    at: float
    number: int
    run: Callable[[], None] = field(compare=False)
    process: Process | None = field(compare=False, default=None)
    life: int = field(compare=False, default=0)


class World:
    """The agenda.

    Args:
        seed: of all chance in it.
        after: called after each turn of the outermost agenda; raises `Broken`.
    """

    def __init__(self, seed: int, after: Callable[[], None] = lambda: None) -> None:
        self._seed = seed
        self.chance = self.stream("time")
        self.clock = SimClock()
        self.after = after
        self.turns = 0
        self._trace: deque[tuple[float, str, str]] = deque(maxlen=4000)
        self._agenda: list[_Turn] = []
        self._number = 0
        self._until: list[float] = []

    def stream(self, name: str) -> random.Random:
        """Chance of one kind alone, so that one more draw of it moves no other."""
        return random.Random(f"{self._seed}:{name}")

    @property
    def now(self) -> float:
        """Monotonic seconds."""
        return self.clock.monotonic()

    def trace(self, who: str, what: str) -> None:
        """Keep a line for whoever wants to know how it came about."""
        self._trace.append((self.now, who, what))

    def told(self, most: int) -> list[str]:
        """The last lines of the trace."""
        return [f"{at - 1000:10.3f}  {who:<12} {what}" for at, who, what in self._trace][-most:]

    def at(self, moment: float, run: Callable[[], None], process: Process | None = None) -> None:
        """Put `run` on the agenda; it is dropped should `process` die before."""
        self._number += 1
        life = process.life if process else 0
        heapq.heappush(self._agenda, _Turn(moment, self._number, run, process, life))

    def after_s(self, wait: float, run: Callable[[], None], process: Process | None = None) -> None:
        """The same, `wait` seconds from now."""
        self.at(self.now + wait, run, process)

    def run_until(self, moment: float) -> None:
        """Let everything happen that is on the agenda up to `moment`."""
        self._until.append(moment)
        try:
            while self._agenda and self._agenda[0].at <= moment:
                self._turn(heapq.heappop(self._agenda))
                if len(self._until) == 1:
                    self.after()
        finally:
            self._until.pop()
        self.clock.go_to(moment)

    def stand_still(self, process: Process, seconds: float, *, freeze: bool = False) -> None:
        """`process` waits here while the rest of the world goes on.

        Args:
            freeze: all of the process stands still, not only the call that waits.

        Raises `Killed` where it died meanwhile.
        """
        seconds = min([seconds, *(until - self.now for until in self._until[1:])])
        if seconds <= 0:
            return
        life = process.life
        if freeze:
            process.frozen_until = max(process.frozen_until, self.now + seconds)
        if len(self._until) < DEPTH:
            self.run_until(self.now + seconds)
        else:
            self.clock.advance(seconds)
        if not process.alive or process.life != life:
            raise Killed(process)

    def kill(self, process: Process) -> None:
        """It is gone, with whatever it held in memory."""
        if process.alive:
            self.trace(process.name, "is killed")
            process.alive = False
            for die in process.dies:
                die()
            process.dies.clear()

    def born(self, process: Process) -> None:
        """A new life: nothing of the former one's agenda is left."""
        process.life += 1
        process.alive = True
        process.frozen_until = 0.0

    def _turn(self, turn: _Turn) -> None:
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise Broken(f"no end in sight after {MOST_TURNS} turns")
        self.clock.go_to(turn.at)
        process = turn.process
        if process is not None:
            if not process.alive or process.life != turn.life:
                return
            if process.frozen_until > self.now:
                self.at(process.frozen_until, turn.run, process)
                return
        try:
            turn.run()
        except Killed as death:
            self.kill(death.process)


class Role:
    """One role of a process, stepped when it said, or when somebody wakes it."""

    def __init__(
        self, world: World, process: Process, name: str, step: Callable[[float], float]
    ) -> None:
        self._world = world
        self._process = process
        self._name = name
        self._step = step
        self._planned = float("inf")
        self._busy = False
        self._again = False

    def wake(self) -> None:
        """Step soon."""
        if self._busy:
            self._again = True
        else:
            self._plan(self._world.now + self._world.chance.uniform(0.0, 0.01))

    def _plan(self, moment: float) -> None:
        if moment < self._planned:
            self._planned = moment
            self._world.at(moment, lambda: self._run(moment), self._process)

    def _run(self, planned: float) -> None:
        if planned != self._planned:
            return
        if self._busy:
            self._again = True
            self._planned = float("inf")
            return
        self._busy, self._planned = True, float("inf")
        try:
            wake = self._step(self._world.now)
        finally:
            self._busy = False
        if self._again:
            self._again = False
            wake = self._world.now
        self._plan(max(wake, self._world.now) + self._lag())

    def _lag(self) -> float:
        """A thread is never woken on the dot, and a busy machine's may be late by seconds."""
        chance = self._world.chance
        return chance.uniform(0.0, 0.002) if chance.random() < 0.3 else chance.uniform(0.0, 0.5)
