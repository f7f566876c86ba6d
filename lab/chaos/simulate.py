"""A whole house, one thread, one seed: run it, let everything fail, and check every promise."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.chaos.faults import Faults, Weather
from lab.chaos.house import House
from lab.chaos.invariants import Invariants
from lab.chaos.job_promises import JobPromises
from lab.chaos.jobs import Jobs
from lab.chaos.ledger import Ledger, Request
from lab.chaos.operators import Operators
from lab.chaos.oracle import Oracle
from lab.chaos.patches import Twin
from lab.chaos.receiver import Receiver
from lab.chaos.rest import come_to_rest
from lab.chaos.senders import Senders
from lab.chaos.store import SimDatabase, copied
from lab.chaos.upheavals import Upheavals
from lab.chaos.world import Broken, Process, World
from sql.database import Document
from sql.migrate import upgrade
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.telemetry import captured

MENDED = 0.1
"""How often somebody mends, between two deeds, what the ERP refused so far."""

DEPLOYED = 0.1
"""How often somebody starts another configuration, where people are careless."""

DECIDED = 4
"""Letters that people decide about right after a restore, and after a backup made for that."""

CAREFUL = 0.15
"""How often people make a backup before they decide about letters."""

STEPS = 50
"""Things that happen to a house in one run, at most a second and a half apart."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one seed came to; `broken` names the promise that did not hold."""

    seed: int
    broken: str = ""
    events: int = 0
    effects: int = 0
    turns: int = 0
    trace: list[str] = field(default_factory=list)


@cache
def shared_memory() -> Path | None:
    """A folder in memory, where there is one."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() else None


@cache
def template() -> Path:
    """A migrated database, made once in each process; it is removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-sim-", dir=shared_memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "template.sqlite"
    clock = ManualClock()
    db = SqliteDatabase(path, clock)
    upgrade(db, clock)
    db.close()
    return path


def run_seed(
    seed: int,
    steps: int = STEPS,
    *,
    twin: Twin | None = None,
    traced: int = 0,
) -> Result:
    """Run one seed.

    Args:
        steps: how many things happen.
        twin: a house with one guard taken out.
        traced: how many of the last lines of the trace to keep.
    """
    folder = Path(tempfile.mkdtemp(prefix="tidegate-sim-", dir=shared_memory()))
    patch, store = (twin.patch, twin.store) if twin else (nullcontext, ())
    with captured(), patch():
        simulation = Simulation(seed, folder, store=store)
        try:
            broken = simulation.run(steps)
        finally:
            simulation.close()
            shutil.rmtree(folder, ignore_errors=True)
    return simulation.result(broken, traced)


class Simulation:
    """One seed's world.

    Args:
        folder: where its database goes.
        faults: in place of those of the seed.
        store: the only faults of the store among those of the seed; none: as drawn.
    """

    def __init__(
        self,
        seed: int,
        folder: Path,
        faults: Faults | None = None,
        store: tuple[str, ...] = (),
    ) -> None:
        self.seed = seed
        self.world = World(seed, lambda: self.invariants.after_turn())
        self._chance = self.world.stream("deeds")
        self._sessions = self.world.stream("sessions")
        self._frail = self._sessions.random() < 0.25
        self._mends = self.world.stream("mends")
        self._careless = self._mends.random() < 0.35
        self.weather = Weather(self.world.stream("weather"), store)
        self.path = copied(template(), folder)
        self.db = SimDatabase(self.path, self.world.clock)
        self.oracle = Oracle(self.path)
        self.ledger = Ledger(self._effect)
        self.receiver = Receiver(lambda event: (self.invariants.key_of(event) or [None])[0])
        self.house = House(
            self.world,
            faults or self.weather,
            self.ledger,
            self.receiver,
            lambda: self.db,
            self._committed,
            lambda answers: self.senders.take(answers),
        )
        bombs, self._epidemic = self._chance.random() < 0.2, self._chance.random() < 0.5
        sick = 0.4 if self._epidemic else 0.05
        self.senders = Senders(self.house, self._chance, bombs=bombs, sick=sick)
        self.operators = Operators(self.house, self.oracle, self._chance)
        self.jobs = Jobs(self.house, self.oracle, self._chance)
        self.job_promises = JobPromises(self.oracle, self.world.clock)
        self.invariants = Invariants(
            self.oracle,
            self.ledger,
            self.receiver,
            self.operators.out_of_order,
            self.house.others_that_may_send,
        )
        self.upheavals = Upheavals(
            self.house,
            self.oracle,
            self.senders,
            self.invariants,
            self.job_promises,
            self._chance,
            folder / "copy.sqlite",
        )

    def run(self, steps: int) -> str:
        """All of it; the promise that did not hold, or nothing."""
        try:
            self.house.start()
            self._happen(steps)
            self.rest()
        except Broken as broken:
            return str(broken)
        return ""

    def rest(self) -> None:
        """Nothing fails any more: all comes to its end, and every promise is looked at.

        Raises `Broken`.
        """
        self.weather.clear()
        people = (self.operators, self.jobs)
        come_to_rest(self.world, self.house, self.oracle, self.senders, *people)
        self.invariants.at_rest(self.db, set(self.senders.promised))
        self.job_promises.at_rest()

    def result(self, broken: str, traced: int) -> Result:
        """The figures."""
        return Result(
            self.seed,
            broken,
            len(self.senders.promised),
            self.ledger.effects.total(),
            self.world.turns,
            self.world.told(traced) if traced else [],
        )

    def close(self) -> None:
        """Give back the database."""
        self.oracle.close()
        self.db.close()

    def _committed(self, process: Process, name: str, doc: Document) -> None:
        self.invariants.committed(process, name, doc)
        self.job_promises.committed(name, doc)

    def _effect(self, request: Request) -> None:
        self.world.trace("far side", f"effect {request.command} {request.key} {request.value}")
        self.invariants.effect(request)

    def _happen(self, steps: int) -> None:
        deeds = self._deeds()
        names, weights = list(deeds), [weight for _, weight in deeds.values()]
        chance = self._chance
        for _ in range(steps):
            name = chance.choices(names, weights)[0]
            deeds[name][0]()
            if self._frail and self._sessions.random() < 0.04:
                self.upheavals.lose_lock(self._sessions.choice(["sync", "relay"]))
            if self._mends.random() < MENDED:
                self.upheavals.mend()
            if self._careless and self._mends.random() < DEPLOYED:
                self.upheavals.deploy()
            pause = chance.uniform(0.0, 0.05) if chance.random() < 0.4 else chance.uniform(0.0, 1.5)
            self.world.run_until(self.world.now + pause)

    def _letter(self) -> None:
        """People decide about letters; the careful make a backup before."""
        if self._chance.random() < CAREFUL:
            self.upheavals.copy()
            self._decide()
        self.operators.letter()

    def _restore(self) -> None:
        """What they decided since is forgotten, and they decide anew."""
        self.upheavals.restore()
        self._decide()

    def _decide(self) -> None:
        for _ in range(DECIDED):
            self.operators.letter()

    def _deeds(self) -> dict[str, tuple[Callable[[], None], float]]:
        jobs = 14.0 if self._epidemic else 4.0
        return {
            "new": (self.senders.new, 45.0),
            "unstamped": (self.senders.unstamped, 10.0),
            "older": (self.senders.older, 6.0),
            "again": (self.senders.again, 10.0),
            "command": (self.senders.command, 16.0),
            "letter": (self._letter, 16.0),
            "job": (self.jobs.begin, jobs),
            "job turns": (self.jobs.turn, jobs / 2),
            "edit-replay": (self.jobs.edit, 5.0),
            "hold": (self.operators.hold, 2.0),
            "edit": (self.upheavals.edit, 1.0),
            "copy": (self.upheavals.copy, 1.0),
            "restore": (self._restore, 2.5),
            "pause": (self.operators.pause, 0.5),
            "kill": (self.upheavals.kill, 4.0),
            "freeze": (self.upheavals.freeze, 2.0),
            "step": (self.upheavals.step_clock, 2.0),
        }
