"""`bench drain`: claim, apply, settle, on record, as fast as the house can.

Three houses take turns in the same run: on an empty file, behind a history, beside a key on which
very many wait. Their adapter does nothing, and every event leaves attempt, bodies, audit, outbox
and seal.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Protocol, TypeAlias

from lab.bench import filling
from lab.bench.process import BenchFailed, Child, Told, child
from sql.database import Database
from tidegate.clock import SystemClock

PATIENCE = 300.0
LOOK_EVERY = 0.005
FILE = "tidegate.sqlite"


class House(Protocol):
    """What is drained."""

    @property
    def db(self) -> Database: ...

    def wake_drain(self) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


Build: TypeAlias = Callable[[Path], House]
"""Makes the house of a folder, its drain not begun. A function of a module."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies beside the events that are drained."""

    name: str
    history: int = 0
    waiting: int = 0

    @property
    def rows(self) -> int:
        return self.history + self.waiting


def bench_drain(
    build: Build, folder: Path, *, events: int, history: int, waiting: int, runs: int
) -> dict[str, Any]:
    """Medians of `runs` rounds. Raises `BenchFailed` where a drain does not come to its end."""
    cases = [Behind("empty")]
    cases += [Behind("history", history=history)] if history else []
    cases += [Behind("waiting", waiting=waiting)] if waiting else []
    rates: dict[str, list[float]] = {case.name: [] for case in cases}
    with ExitStack() as stack:
        houses = {case.name: _start(stack, build, folder, case) for case in cases}
        for run in range(runs):
            for case in cases:
                first = case.rows + run * events + 1
                rates[case.name].append(_round(houses[case.name], folder, case, first, events))
        trips = houses["empty"].ask("trips", PATIENCE)
    return _report(rates, history, waiting, trips)


def _report(
    rates: dict[str, list[float]], history: int, waiting: int, trips: dict[str, float]
) -> dict[str, Any]:
    def per_s(name: str) -> int:
        return round(median(rates[name]))

    def ratio(name: str) -> float:
        pairs = zip(rates[name], rates["empty"], strict=True)
        return round(median(one / other for one, other in pairs), 3)

    found: dict[str, Any] = {"per_s": per_s("empty")}
    if "history" in rates:
        found |= {"per_s_with_history": per_s("history"), "history": history}
        found |= {"history_ratio": ratio("history")}
    if "waiting" in rates:
        found |= {"per_s_with_waiting": per_s("waiting"), "waiting": waiting}
        found |= {"waiting_ratio": ratio("waiting")}
    return found | {"round_trips": trips}


def _start(stack: ExitStack, build: Build, folder: Path, case: Behind) -> Child:
    place = folder / case.name
    place.mkdir()
    house = stack.enter_context(child(case.name, _house, build, place, case, log=place / "log"))
    house.hear(PATIENCE)
    return house


def _round(house: Child, folder: Path, case: Behind, first: int, events: int) -> float:
    """Events a second from their being there to the last one's end, seen from outside."""
    clock, pause = SystemClock(), threading.Event()
    with closing(sqlite3.connect(folder / case.name / FILE, timeout=10.0)) as connection:
        house.ask((first, events), PATIENCE)
        began = clock.monotonic()
        while filling.busy(connection):
            if clock.monotonic() - began > PATIENCE:
                raise BenchFailed(f"{case.name}: {events} events were not drained in time")
            pause.wait(LOOK_EVERY)
        seconds = clock.monotonic() - began
        kept = connection.execute(
            "SELECT COUNT(*) FROM audit_trail WHERE event_id >= ? AND action = 'applied'", [first]
        ).fetchone()[0]
    if kept != events:
        raise BenchFailed(f"{case.name}: of {events} events {kept} are on record as applied")
    return events / seconds


def _house(told: Told, build: Build, folder: Path, case: Behind) -> None:
    """The process: fills, drains, and says how many calls it took."""
    build(folder).stop()
    path = folder / FILE
    if case.history:
        _unsafely(path, lambda: filling.history(path, 1, case.history))
    if case.waiting:
        filling.waiting(path, 1, case.waiting)
    house = build(folder)
    calls = _counted(house.db)
    house.start()
    told.send(True)
    while True:
        asked = told.recv()
        if asked == "trips":
            told.send(_trips(calls))
            continue
        filling.ready(path, *asked)
        house.wake_drain()
        told.send(True)


def _unsafely(path: Path, fill: Callable[[], None]) -> None:
    """History is made up anyway: it need not survive a power cut while it is."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        fill()
        connection.execute("PRAGMA journal_mode = WAL")


def _counted(db: Database) -> Counter[str]:
    """Count the calls of `db`; each is one round trip on a server."""
    calls: Counter[str] = Counter()
    inner = db.run

    def run(name: str, doc: Any) -> Any:
        calls[name] += 1
        return inner(name, doc)

    setattr(db, "run", run)  # noqa: B010 - a method is not to be assigned to
    return calls


def _trips(calls: Counter[str]) -> dict[str, float]:
    """Round trips for each batch that was settled."""
    batches = max(calls["queue/settle"], 1)
    return {"claim": round(calls["queue/claim"] / batches, 2), "settle": 1}
