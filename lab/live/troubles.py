"""What is done to a house that runs, drawn from a seed; each trouble is over when it returns."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import httpx

from lab.live.processes import NotStarted, Processes
from lab.live.proxy import Proxy
from lab.live.watch import Watch

PROCESSORS = ("processor-1", "processor-2")
ROLES = ("ingest", *PROCESSORS, "relay")
STANDS_BY = "(tidegate processor runs)"
"""What a processor says once it leads, or waits to."""

FLOWS = 15.0
"""Seconds to wait until the house is at work again, so that a failover can be timed."""

FAULTS: tuple[dict[str, object], ...] = (
    {"status": 503},
    {"status": 429},
    {"drop": "before"},
    {"drop": "after"},
    {"late_ms": 800},
    {"proxy_502_after": True},
    {"delay_ms": 900},
)


class Troubles:
    """Everything that can happen.

    Args:
        roles: starts a role that does not run.
        erp, door: the proxies before the ERP and before ingest.
        database: the proxy before the database's server; None on SQLite.
        ballast: a file that fills the disk the database is on; None where it must not.
        restart: restarts the database; None where it may not.
    """

    def __init__(
        self,
        chance: random.Random,
        processes: Processes,
        watch: Watch,
        roles: Callable[[str], None],
        erp: Proxy,
        door: Proxy,
        database: Proxy | None,
        sandbox: str,
        ballast: Path | None,
        restart: Callable[[], None] | None,
    ) -> None:
        self._chance = chance
        self._processes = processes
        self._watch = watch
        self._roles = roles
        self._erp = erp
        self._door = door
        self._database = database
        self._sandbox = sandbox
        self._ballast = ballast
        self._restart = restart
        self._pause = threading.Event()
        self.failovers: list[float] = []
        self.done: dict[str, int] = {}

    def one(self) -> str:
        """Do one of them; its name."""
        for role in ROLES:
            # As a supervisor would: one that started on a full disk has ended by itself.
            self._roles(role)
        everything: list[tuple[str, int, Callable[[], None]]] = [
            ("leader killed", 4, self._kill_leader),
            ("leader frozen", 2, self._freeze_leader),
            ("ingest killed", 2, self._kill_ingest),
            ("ingest frozen", 1, self._freeze_ingest),
            ("relay killed", 1, self._kill_relay),
            ("connections to the ERP cut", 2, self._erp_cut),
            ("answers of the ERP lost", 1, self._erp_halved),
            ("ERP out", 1, self._erp_out),
            ("ERP faulty", 3, self._erp_faulty),
            ("connections of senders cut", 1, self._door_cut),
        ]
        if self._database is not None:
            everything.append(("connections to the database cut", 2, self._database_cut))
        if self._ballast is not None:
            everything.append(("disk full", 1, self._disk_full))
        if self._restart is not None:
            everything.append(("database restarted", 1, self._restarted))
        names = [name for name, weight, _ in everything for _ in range(weight)]
        name = self._chance.choice(names)
        next(do for each, _, do in everything if each == name)()
        self.done[name] = self.done.get(name, 0) + 1
        return name

    def calm(self) -> None:
        """Take back whatever lasts, and start what does not run."""
        for proxy in (self._erp, self._door, self._database):
            if proxy is not None:
                proxy.go_on()
        self._faultless()
        for name in ROLES:
            self._processes.thaw(name)
            self._roles(name)

    def _faultless(self) -> None:
        with httpx.Client(trust_env=False, timeout=5) as http:
            http.delete(f"{self._sandbox}/sandbox/faults")

    def _leader(self) -> str:
        pid = self._watch.leader()
        found = self._processes.named(pid) if pid is not None else None
        return found or self._chance.choice(PROCESSORS)

    def _kill_leader(self) -> None:
        name = self._leader()
        before = self._watch.epoch()
        if not self._processes.runs(name):
            self._roles(name)
            return
        other = next(each for each in PROCESSORS if each != name)
        # Timed where the leader's death is the only trouble: a far side that is out, or a breaker
        # that it opened, would be timed else.
        self._faultless()
        timed = self._stands_by(other) and self._watch.flows(FLOWS)
        self._processes.kill(name)
        seconds = self._watch.settled_after(before, 30.0)
        if timed and seconds is not None:
            self.failovers.append(seconds)
        self._roles(name)

    def _stands_by(self, name: str) -> bool:
        try:
            self._processes.says(name, STANDS_BY)
        except NotStarted:
            return False
        return True

    def _freeze_leader(self) -> None:
        name = self._leader()
        self._processes.freeze(name)
        self._pause.wait(self._chance.choice((1.0, 4.0, 18.0)))
        self._processes.thaw(name)

    def _kill_ingest(self) -> None:
        self._processes.kill("ingest")
        self._roles("ingest")

    def _freeze_ingest(self) -> None:
        self._processes.freeze("ingest")
        self._pause.wait(self._chance.uniform(0.2, 2.0))
        self._processes.thaw("ingest")

    def _kill_relay(self) -> None:
        self._processes.kill("relay")
        self._roles("relay")

    def _erp_cut(self) -> None:
        self._erp.cut()

    def _erp_halved(self) -> None:
        self._erp.halve()

    def _erp_out(self) -> None:
        (self._erp.refuse if self._chance.random() < 0.5 else self._erp.stall)()
        self._pause.wait(self._chance.uniform(1.0, 6.0))
        self._erp.go_on()

    def _erp_faulty(self) -> None:
        fault = self._chance.choice(FAULTS)
        seed = self._chance.randrange(1 << 30)
        given = {**fault, "probability": 0.3, "seed": seed, "times": 40}
        with httpx.Client(trust_env=False, timeout=5) as http:
            http.post(f"{self._sandbox}/sandbox/faults", json=given)

    def _door_cut(self) -> None:
        self._door.cut()

    def _database_cut(self) -> None:
        if self._database is not None:
            self._database.cut()

    def _disk_full(self) -> None:
        if self._ballast is None:
            return
        try:
            with self._ballast.open("wb") as file:
                while file.write(b"\0" * 65_536):
                    file.flush()
        except OSError:
            self._pause.wait(self._chance.uniform(0.5, 2.0))
        finally:
            self._ballast.unlink(missing_ok=True)

    def _restarted(self) -> None:
        if self._restart is not None:
            self._restart()
