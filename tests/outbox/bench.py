"""A relay over a real database and a real receiver, with time and chance in the test's hands."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import insert, select

from outbox.relay import Relay
from outbox.send import HttpPost, Sender
from outbox.settle import Finished
from outbox.store import RelayStore
from outbox.subscriptions import Subscriber
from sql.database import Database, Document, Row, Rows
from sql.leadership import Leadership
from sql.sqlite import stamp
from sql.tables import metadata
from sql.tables import outbox as tables
from tests.outbox.receiver import Receiver
from tidegate.clock import ManualClock
from tidegate.ids import seeded_ids
from tidegate.lanes import InlineLanes, Lanes
from tidegate.testing import migrated

SECRET = "whsec_" + "QUJD" * 10
T = TypeVar("T")


class HeldLanes(Lanes[T]):
    """Jobs wait until the test runs them."""

    def __init__(self, n: int) -> None:
        self._n = n
        self.jobs: list[Callable[[], T]] = []
        self._results: list[T] = []

    def free(self) -> int:
        return self._n - len(self.jobs) - len(self._results)

    def submit(self, job: Callable[[], T]) -> None:
        self.jobs.append(job)

    def finished(self) -> list[T]:
        results, self._results = self._results, []
        return results

    def run(self) -> None:
        """Run what was submitted."""
        jobs, self.jobs = self.jobs, []
        self._results += [job() for job in jobs]


class FreeLock:
    """A lock that anybody gets: who raises the epoch last leads."""

    def try_acquire(self) -> bool:
        return True

    def held(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to let go of."""


class Failing:
    """A database on which the next calls of a script fail: before they run, or after."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.before: dict[str, list[Exception]] = {}
        self.after: dict[str, list[Exception]] = {}

    @property
    def engine(self) -> Any:
        return self._db.engine

    def run(self, name: str, doc: Document) -> Rows:
        if self.before.get(name):
            raise self.before[name].pop(0)
        rows = self._db.run(name, doc)
        if self.after.get(name):
            raise self.after[name].pop(0)
        return rows

    def read(self, name: str, doc: Document) -> Rows:
        return self._db.read(name, doc)

    def close(self) -> None:
        self._db.close()


class Bench:
    """One database, one receiver, and as many relays as a test wants."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.db = migrated(path, self.clock)
        self._first = self._leader()["epoch"]
        self.failing = Failing(self.db)
        self.receiver = Receiver(SECRET, lambda: self.clock.now().timestamp())
        self.post = HttpPost(self.clock, connections=8)
        self.ids = seeded_ids(self.clock, random.Random(1))
        self.leadership: Leadership
        self.relay = self.new_relay()

    def new_relay(
        self,
        lanes: Lanes[Finished] | None = None,
        subscribers: tuple[Subscriber, ...] | None = None,
        keep_s: int | None = None,
    ) -> Relay:
        """A relay that leads from its first step on, until another does."""
        self.leadership = Leadership(
            self.failing, "relay", FreeLock(), self.clock, self.ids, "bench"
        )
        chosen = (self.subscriber(),) if subscribers is None else subscribers
        self.relay = Relay(
            RelayStore(self.failing),
            self.leadership,
            lanes or InlineLanes(8),
            Sender(self.post, self.clock, "https://gate.example"),
            {each.name: each for each in chosen},
            self.clock,
            self.ids,
            random.Random(7),
            keep_s,
        )
        return self.relay

    def subscriber(self, **fields: Any) -> Subscriber:
        """The receiver as a subscription."""
        given = {"name": "default", "url": self.receiver.url, "secrets": (SECRET,)}
        return Subscriber(**(given | fields))

    def publish(self, key: str = "A", data: str = '{"entity":"products"}', **fields: Any) -> None:
        """Something happened to `key`."""
        row = {
            "event_uuid": str(self.ids.uuid()),
            "type": "products.applied",
            "subject": key,
            "key_hash": hashlib.sha256(key.encode()).digest(),
            "data": data,
            "at": stamp(self.clock.now()),
            "trace": None,
        }
        with self.db.engine.begin() as connection:
            connection.execute(insert(tables.outbox), row | fields)

    def run(self, steps: int = 6, relay: Relay | None = None) -> None:
        """Step as often as it takes for what is due now."""
        for _ in range(steps):
            (relay or self.relay).step(self.clock.monotonic())

    def later(self, seconds: float) -> None:
        """Let time pass, then run."""
        self.clock.advance(seconds)
        self.run()

    def rows(self, name: str) -> list[Row]:
        """All of a table, oldest first."""
        table = metadata.tables[f"tidegate.{name}"]
        with self.db.engine.connect() as connection:
            found = connection.execute(select(table).order_by(*table.primary_key)).mappings()
            return [dict(row) for row in found]

    def outcomes(self) -> list[str | None]:
        """How the attempts ended, in the order in which they began."""
        return [row["outcome"] for row in self.rows("dispatch_attempt")]

    def beat(self) -> int:
        """How many transactions of a leader there were."""
        return int(self._leader()["beat"])

    def terms(self) -> int:
        """How often somebody began to lead."""
        return int(self._leader()["epoch"] - self._first)

    def _leader(self) -> Row:
        return next(row for row in self.rows("leader") if row["name"] == "relay")

    def close(self) -> None:
        """Stop everything."""
        self.post.close()
        self.receiver.close()
        self.db.close()
