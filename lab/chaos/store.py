"""The database of a simulation, and the seam at which a process's calls to it fail."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from lab.chaos.faults import Faults
from lab.chaos.world import Killed, Process, World
from sql.database import Database, Document, Rows
from sql.sqlite import SqliteDatabase
from tidegate.errors import CommitUnknown, Deposed, StoreBusy, StoreError, StoreUnavailable

FREEZE = (16.0, 45.0)
"""Seconds; longer than a standby waits before it leads."""


class SimDatabase(SqliteDatabase):
    """On memory, so nothing is flushed; the simulation's processes die, its machine does not."""

    def _connected(self) -> sqlite3.Connection:
        connection = super()._connected()
        connection.execute("PRAGMA synchronous = OFF")
        return connection


class Store:
    """A process's way to the database.

    Args:
        db: the database as it is now; a restore puts another in its place.
        committed: told of every transaction that was committed.
    """

    def __init__(
        self,
        world: World,
        process: Process,
        faults: Faults,
        db: Callable[[], Database],
        committed: Callable[[Process, str, Document], None],
    ) -> None:
        self._world = world
        self._process = process
        self._faults = faults
        self._db = db
        self._committed = committed

    @property
    def engine(self) -> Engine:
        return self._db().engine

    def run(self, name: str, doc: Document) -> Rows:
        fault = self._before(name, writes=True)
        try:
            found = self._db().run(name, doc)
        except StoreError as error:
            what = "is fenced off" if isinstance(error, Deposed) else f"fails: {error}"
            self._world.trace(self._process.name, f"{name} {what}")
            raise
        self._world.trace(self._process.name, f"{name}{_summary(doc)}")
        self._committed(self._process, name, doc)
        self._after(name, fault)
        return found

    def read(self, name: str, doc: Document) -> Rows:
        fault = self._before(name, writes=False)
        found = self._db().read(name, doc)
        self._after(name, fault)
        return found

    def close(self) -> None:
        """The database is everybody's."""

    def _before(self, name: str, *, writes: bool) -> str | None:
        fault = self._faults.store(self._process.name, name, writes=writes)
        if fault is not None:
            self._world.trace(self._process.name, f"{name} !{fault}")
        match fault:
            case "busy":
                raise StoreBusy("made to be a deadlock victim")
            case "lost":
                raise StoreUnavailable("made to fail before it ran")
            case "commit-lost":
                raise CommitUnknown("made to fail as it began to commit")
            case "slow":
                self._world.stand_still(self._process, self._world.chance.uniform(0.05, 4.0))
            case "freeze":
                self._freeze()
            case "kill":
                raise Killed(self._process)
        return fault

    def _after(self, name: str, fault: str | None) -> None:
        match fault:
            case "commit-unknown":
                raise CommitUnknown("made to fail after it ran")
            case "slow-after":
                self._world.stand_still(self._process, self._world.chance.uniform(0.05, 4.0))
            case "freeze-after":
                self._freeze()
            case "kill-after":
                raise Killed(self._process)

    def _freeze(self) -> None:
        seconds = self._world.chance.uniform(*FREEZE)
        self._world.stand_still(self._process, seconds, freeze=True)


def _summary(doc: Document) -> str:
    counts = [f"{key}={len(value)}" for key, value in doc.items() if isinstance(value, list)]
    return f" ({', '.join(each for each in counts if not each.endswith('=0'))})" if counts else ""


def copied(template: Path, folder: Path) -> Path:
    """A fresh database file of the template in `folder`."""
    path = folder / "tidegate.sqlite"
    path.write_bytes(template.read_bytes())
    return path
