"""A far side that does as it is told, and keeps what it did."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import sql.sqlite
from sql.database import Database, Row
from sql.named import Part
from sql.seal import verify
from tidegate.adapter import Capability, Command, Repeat
from tidegate.clock import ManualClock
from tidegate.config import Config, load_config
from tidegate.config_base import Order
from tidegate.errors import FarError
from tidegate.lanes import Lanes
from tidegate.outcome import Applied, Finding, NotApplied, Rejected
from tidegate.testing import Pipeline, arrival

Said = Applied | Rejected | Exception
DROPPED = FarError("dropped", sent=True, phase="dropped")
BEFORE_WORK = FarError("busy", sent=True, status=503, code="ServiceBusy")


class Scripted:
    """An adapter with a list of answers per key; where a list is spent it applies.

    Args:
        clock: dates what it does.
        capability: how its one command repeats.
        lands: whether a write that ends in a dropped connection takes effect all the same.
    """

    def __init__(
        self,
        clock: ManualClock,
        capability: Capability = Capability(Repeat.CONDITIONAL),  # noqa: B008 - frozen
        *,
        lands: bool = True,
    ) -> None:
        self.clock = clock
        self.commands: Mapping[str, Capability] = {"items.upsert": capability}
        self.lands = lands
        self.answers: defaultdict[str, deque[Said]] = defaultdict(deque)
        self.findings: defaultdict[str, deque[Finding]] = defaultdict(deque)
        self.effects: list[tuple[str, Any]] = []
        self.effect_keys: list[UUID] = []
        self.seen: list[Command] = []
        self.probed: list[tuple[str, float]] = []
        self.before_sending: Callable[[], None] = lambda: None

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        answers = self.answers[command.key]
        said = answers.popleft() if answers else None
        if isinstance(said, FarError) and not said.sent:
            raise said
        self.before_sending()
        command.sending(b"PUT " + command.key.encode(), f"v{len(self.effects)}")
        self.seen.append(command)
        if said is None or (said is DROPPED and self.lands) or isinstance(said, Applied):
            self.effects.append((command.key, command.values.get("displayName")))
            self.effect_keys.append(effect_key)
        if isinstance(said, Exception):
            raise said
        return said or Applied(None, dict(command.values))

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        self.probed.append((command.key, self.clock.monotonic()))
        findings = self.findings[command.key]
        if findings:
            return findings.popleft()
        return Applied(found=True) if effect_key in self.effect_keys else NotApplied()

    def health(self) -> None: ...

    def close(self) -> None: ...


class Stuck(Lanes[Any]):
    """Lanes whose jobs begin when the test says so, or never."""

    def __init__(self, n: int = 8) -> None:
        self._n = n
        self.jobs: list[Callable[[], Any]] = []
        self._results: list[Any] = []

    def free(self) -> int:
        return self._n - len(self.jobs) - len(self._results)

    def submit(self, job: Callable[[], Any]) -> None:
        self.jobs.append(job)

    def finished(self) -> list[Any]:
        results, self._results = self._results, []
        return results

    def run(self, first: int | None = None) -> None:
        """Let what was submitted run, or its first few."""
        jobs, self.jobs = self.jobs[:first], self.jobs[len(self.jobs[:first]) :]
        self._results += [job() for job in jobs]


class House:
    """A pipeline over a scripted far side."""

    def __init__(self, folder: Path, **given: Any) -> None:
        clock: ManualClock = given.pop("clock", None) or ManualClock()
        capability = given.pop("capability", Capability(Repeat.CONDITIONAL))
        lands = given.pop("lands", True)
        self.far = Scripted(clock, capability, lands=lands)
        self.pipe = Pipeline(folder, self.far, clock=clock, **given)
        self.clock = clock
        self.db: Database = self.pipe.db
        self._minute = 0

    def post(self, sku: str, name: str = "Disk", *, order: Order = "strict", **options: Any) -> str:
        """Accept a product whose key is `sku`, stamped later than the last.

        Args:
            order: strict where each is to be seen to run; under latest_wins those that wait at
                the front of a key are superseded by the last of them.
        """
        self._minute += 1
        stamp = f"2026-11-20T{self._minute // 60:02}:{self._minute % 60:02}:00Z"
        record = {"item_id": sku, "sku": sku, "name": name, "last_modified_time": stamp}
        made = arrival(self.pipe.ids, self.pipe.config, record, **options)
        return str(self.pipe.accept([replace(made, order=order)])[0].event_id)

    def run(self, rounds: int = 20, advance: float = 0.0) -> None:
        self.pipe.run(rounds, advance)

    def until(self, state: str, event: str, seconds: float = 2000.0) -> None:
        """Step, a second at a time, until the event is in `state`."""
        for _ in range(int(seconds)):
            self.run(4)
            if self.state(event) == state:
                return
            self.clock.advance(1.0)
        raise AssertionError(f"{event} is {self.state(event)}, not {state}")

    def state(self, event: str) -> str:
        return str(self.pipe.event(event)["state"])

    def attempts(self, event: str) -> list[tuple[str, str]]:
        """Kind and outcome of each, in order."""
        found = self.rows(
            "SELECT a.kind, a.outcome FROM sync_attempt a JOIN inbox i ON i.id = a.event_id "
            "WHERE i.uuid = ? ORDER BY a.number",
            event,
        )
        return [(row["kind"], row["outcome"]) for row in found]

    def rows(self, sql: str, *given: Any) -> list[Row]:
        with self.db.engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(sql, given).mappings()]

    def execute(self, sql: str, *given: Any) -> None:
        with self.db.engine.begin() as connection:
            connection.exec_driver_sql(sql, given)

    def letters(self) -> list[str]:
        return [row["reason"] for row in self.rows("SELECT reason FROM dead_letter ORDER BY id")]

    def sealed(self) -> bool:
        """The seal proves the record, and the ledger has no effect twice."""
        assert verify(self.db) == []
        return len(self.far.effect_keys) == len(set(self.far.effect_keys))

    def close(self) -> None:
        self.pipe.close()


def cut(monkeypatch: pytest.MonkeyPatch, words: str, by: str = "") -> None:
    """Take a guard out of every statement that has it; the file stays as it is."""
    inner: Callable[[str], tuple[Part, ...]] = vars(sql.sqlite)["parts"]

    def cut_parts(name: str) -> tuple[Part, ...]:
        return tuple(replace(part, sql=part.sql.replace(words, by)) for part in inner(name))

    monkeypatch.setattr(sql.sqlite, "parts", cut_parts)


def blocking() -> Config:
    """The shipped configuration, but a dead product blocks its key."""
    config = load_config(None)
    products = config.entities["zoho.products"].model_copy(update={"on_dead": "block"})
    return config.model_copy(update={"entities": {**config.entities, "zoho.products": products}})
