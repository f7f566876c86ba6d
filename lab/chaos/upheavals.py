"""What befalls a house as a whole: deaths, clocks, and an older database in its place."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from lab.chaos.far import IN_DOUBT
from lab.chaos.house import House
from lab.chaos.invariants import Invariants
from lab.chaos.job_promises import JobPromises
from lab.chaos.operators import WHO
from lab.chaos.oracle import Oracle
from lab.chaos.senders import Senders
from lab.chaos.world import Process
from ops.recovery import recover


@dataclass(eq=False)
class Upheavals:
    """Each method is one of them.

    Args:
        backup: where the copy of the database goes.
    """

    house: House
    oracle: Oracle
    senders: Senders
    invariants: Invariants
    promises: JobPromises
    chance: random.Random
    backup: Path
    restores: int = 0

    def _any(self) -> Process:
        return self.chance.choice(list(self.house.processes.values()))

    def kill(self) -> None:
        """A process dies."""
        self.house.world.kill(self._any())

    def freeze(self) -> None:
        """A process stands still, wherever it is."""
        process = self._any()
        process.frozen_until = self.house.world.now + self.chance.uniform(1.0, 40.0)
        self.house.world.trace(process.name, f"is frozen until {process.frozen_until - 1000:.1f}")

    def lose_lock(self, name: str) -> None:
        """A server frees the lock of a leader that lives."""
        if self.house.lose_lock(name):
            self.house.world.trace("server", f"frees the lock of {name}")

    def edit(self) -> None:
        """Somebody changes a record in the ERP itself."""
        if self.house.ledger.records:
            key = self.chance.choice(sorted(self.house.ledger.records))
            self.house.world.trace("somebody", f"edits {key}")
            self.house.ledger.edit(key, "edited")
            self.invariants.edited(key)

    def mend(self) -> None:
        """Somebody mends, in the ERP, what it refused so far."""
        self.house.world.trace("somebody", "mends what was refused")
        self.house.ledger.cured |= self.house.ledger.refused

    def deploy(self) -> None:
        """Somebody starts another configuration, or goes back to the one before."""
        muddled = not self.house.muddled
        self.house.world.trace("somebody", "deploys a muddle" if muddled else "mends the mapping")
        self.house.deploy(muddled=muddled)

    def copy(self) -> None:
        """Somebody makes a backup, in the middle of the business."""
        for _ in range(3):
            self.senders.new()
        self.house.world.run_until(self.house.world.now + self.chance.uniform(0.0, 0.3))
        self.house.world.trace("somebody", "copies the database")
        self.oracle.copy_to(self.backup)

    def restore(self) -> None:
        """The database is lost: its copy takes its place, as docs/recovery.md says."""
        if self.restores or not self.backup.exists():
            return
        self.restores += 1
        self.house.stop()
        # Who restores takes his time: what was under way has landed when he is done.
        self.house.world.run_until(self.house.world.now + IN_DOUBT)
        self.house.world.trace("somebody", "restores the copy")
        self.oracle.copy_from(self.backup)
        recover(
            self.house.db(),
            WHO,
            self.house.config.version,
            self.house.world.clock.now(),
            "restored",
        )
        self.senders.forget({row["uuid"] for row in self.oracle.rows("SELECT uuid FROM inbox")})
        self.invariants.restored()
        self.promises.restored()
        self.house.stopped = False

    def step_clock(self) -> None:
        """Somebody sets the machine's clock."""
        seconds = self.chance.choice((-90.0, -3.0, 2.0, 6.0))
        self.house.world.trace("clock", f"steps by {seconds}")
        self.house.world.clock.step_wall(seconds)
