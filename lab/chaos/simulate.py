"""A whole house, one thread, one seed: run it, let everything fail, and check every promise."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.chaos.far import IN_DOUBT
from lab.chaos.faults import Faults, Weather
from lab.chaos.house import House
from lab.chaos.invariants import Invariants
from lab.chaos.ledger import Ledger, Request
from lab.chaos.operators import WHO, Operators
from lab.chaos.oracle import Oracle
from lab.chaos.receiver import Receiver
from lab.chaos.senders import Senders
from lab.chaos.store import SimDatabase, copied
from lab.chaos.world import Broken, Process, World
from ops.recovery import recover
from sql.migrate import upgrade
from sql.sqlite import SqliteDatabase
from tidegate.clock import ManualClock
from tidegate.telemetry import captured

STEPS = 50
"""Things that happen to a house in one run, at most a second and a half apart."""

SHORT = 2.0
QUIET = 3
"""Rounds of that many seconds in which nothing is left to do before all is looked at."""

REST_ROUNDS = 150

_UNFINISHED = """
SELECT (SELECT COUNT(*) FROM sync_queue q JOIN inbox i ON i.id = q.event_id
        WHERE i.state = 'live' AND NOT EXISTS (
            SELECT 1 FROM sync_queue b JOIN inbox d ON d.id = b.event_id
            WHERE b.key_id = q.key_id AND b.seq < q.seq AND d.state = 'dead')) AS events,
       (SELECT COUNT(*) FROM outbox) AS outbox,
       (SELECT COUNT(*) FROM dispatch WHERE state < 5) AS dispatches,
       (SELECT COUNT(*) FROM operator_request WHERE state IN ('open', 'running')) AS requests
"""
_BEAT = "SELECT beat + epoch FROM leader WHERE name = 'sync'"
_DUE = """
SELECT MIN(due_at) FROM (SELECT due_at FROM sync_queue WHERE state IN (3, 4)
                         UNION ALL SELECT due_at FROM dispatch WHERE state = 3)
"""


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
    import atexit

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
    twin: Callable[[], AbstractContextManager[None]] = nullcontext,
    traced: int = 0,
) -> Result:
    """Run one seed.

    Args:
        steps: how many things happen.
        twin: a house with one guard taken out.
        traced: how many of the last lines of the trace to keep.
    """
    folder = Path(tempfile.mkdtemp(prefix="tidegate-sim-", dir=shared_memory()))
    with captured(), twin():
        simulation = Simulation(seed, folder)
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
    """

    def __init__(self, seed: int, folder: Path, faults: Faults | None = None) -> None:
        self.seed = seed
        self.world = World(seed, lambda: self.invariants.after_turn())
        self._chance = self.world.stream("deeds")
        self.weather = Weather(self.world.stream("weather"))
        self.path = copied(template(), folder)
        self._backup = folder / "copy.sqlite"
        self.restores = 0
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
            lambda process, name, doc: self.invariants.committed(process, name, doc),
            lambda answers: self.senders.take(answers),
        )
        self.senders = Senders(self.house, self._chance, bombs=self._chance.random() < 0.2)
        self.operators = Operators(self.house, self.oracle, self._chance)
        self.invariants = Invariants(
            self.oracle,
            self.ledger,
            self.receiver,
            self.operators.out_of_order,
            self.house.others_that_may_send,
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
        self._come_to_rest()
        self.invariants.at_rest(self.db, set(self.senders.promised))

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
            pause = chance.uniform(0.0, 0.05) if chance.random() < 0.4 else chance.uniform(0.0, 1.5)
            self.world.run_until(self.world.now + pause)

    def _deeds(self) -> dict[str, tuple[Callable[[], None], float]]:
        return {
            "new": (self.senders.new, 45.0),
            "unstamped": (self.senders.unstamped, 10.0),
            "older": (self.senders.older, 6.0),
            "again": (self.senders.again, 10.0),
            "command": (self.senders.command, 8.0),
            "letter": (self.operators.letter, 12.0),
            "hold": (self.operators.hold, 2.0),
            "edit": (self._edit, 1.0),
            "copy": (self._copy, 1.5),
            "restore": (self._restore, 0.6),
            "pause": (self.operators.pause, 0.5),
            "kill": (self._kill, 4.0),
            "freeze": (self._freeze, 2.0),
            "step": (self._step_clock, 2.0),
        }

    def _any(self) -> Process:
        return self._chance.choice(list(self.house.processes.values()))

    def _kill(self) -> None:
        self.world.kill(self._any())

    def _freeze(self) -> None:
        process = self._any()
        process.frozen_until = self.world.now + self._chance.uniform(1.0, 40.0)
        self.world.trace(process.name, f"is frozen until {process.frozen_until - 1000:.1f}")

    def _edit(self) -> None:
        """Somebody changes a record in the ERP itself."""
        if self.ledger.records:
            key = self._chance.choice(sorted(self.ledger.records))
            self.world.trace("somebody", f"edits {key}")
            self.ledger.edit(key, "edited")
            self.invariants.edited(key)

    def _copy(self) -> None:
        """Somebody makes a backup."""
        self.world.trace("somebody", "copies the database")
        self.oracle.copy_to(self._backup)

    def _restore(self) -> None:
        """The database is lost: its copy takes its place, as docs/recovery.md says."""
        if self.restores or not self._backup.exists():
            return
        self.restores += 1
        self.house.stop()
        # Who restores takes his time: what was under way has landed when he is done.
        self.world.run_until(self.world.now + IN_DOUBT)
        self.world.trace("somebody", "restores the copy")
        self.oracle.copy_from(self._backup)
        recover(self.db, WHO, self.house.config.version, self.world.clock.now(), "restored")
        self.senders.forget({row["uuid"] for row in self.oracle.rows("SELECT uuid FROM inbox")})
        self.invariants.restored()
        self.house.stopped = False

    def _step_clock(self) -> None:
        seconds = self._chance.choice((-90.0, -3.0, 2.0, 6.0))
        self.world.trace("clock", f"steps by {seconds}")
        self.world.clock.step_wall(seconds)

    def _come_to_rest(self) -> None:
        """However long it takes."""
        world = self.world
        world.trace("world", "comes to rest")
        for process in self.house.processes.values():
            process.frozen_until = min(process.frozen_until, world.now)
        self.operators.resume()
        quiet = 0
        for _ in range(REST_ROUNDS):
            beat = self.oracle.value(_BEAT)
            world.run_until(world.now + SHORT)
            left = self.oracle.rows(_UNFINISHED)[0]
            # What people did is sealed by whoever leads, a second later.
            led = self.oracle.value(_BEAT) > beat
            quiet = quiet + 1 if led and not any(left) and not self._under_way() else 0
            if quiet == QUIET:
                return
            if not left["requests"]:
                self.operators.release_all()
            self._leap()
        raise Broken(f"everything comes to an end: {dict(left)} is left")

    def _under_way(self) -> bool:
        answered = all(parcel.answered for parcel in self.senders.parcels)
        return not answered or any(self.ledger.under_way.values())

    def _leap(self) -> None:
        """Let the time pass in which nothing would happen."""
        due = self.oracle.value(_DUE)
        if due is None:
            return
        from datetime import UTC, datetime

        wait = datetime.fromisoformat(due).replace(tzinfo=UTC) - self.world.clock.now()
        if wait.total_seconds() > SHORT:
            self.world.clock.advance(wait.total_seconds())
