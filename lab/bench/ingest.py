"""`bench ingest`: durable accepts a second, beside an endpoint that stores nothing."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from lab.bench.load import Counted, Round, request, sender
from lab.bench.process import BenchFailed, Child, Server, child, serving

KEY = "bench-webhook-key-0123456789"
DURABILITY = "SQLite, synchronous=FULL"
PATH = "/webhooks/products"
HEADERS = {"Content-Type": "application/json", "X-Webhook-Key": KEY, "User-Agent": "bench"}
BODY = (
    '{"item": {"item_id": "%(number)015d", "name": "Hard Drive", "sku": "HD-1", "unit": "pcs", '
    '"rate": 120.50, "tax_id": "982000000037049", "tax_percentage": 19, "status": "active", '
    '"purchase_rate": 82.75, "product_type": "goods", "is_taxable": true, '
    '"description": "3.5 inch, 4 TB, 7200 rpm", "reorder_level": "5", '
    '"last_modified_time": "2026-11-20T10:00:00+0100"}}'
)


@dataclass(frozen=True, slots=True)
class Houses:
    """What is compared, each started by its name in a process of its own."""

    house: Server
    floor: Server
    idle: Server


@dataclass(frozen=True, slots=True)
class Pair:
    """The house and the floor, one after the other."""

    house: Counted
    floor: Counted

    @property
    def ratio(self) -> float:
        """How much of the floor the house reaches."""
        return self.house.per_s / self.floor.per_s


def bench_ingest(
    houses: Houses, folder: Path, *, connections: int, seconds: float, runs: int
) -> dict[str, Any]:
    """Medians of `runs` pairs; the two take turns, so a machine that slows down slows both.

    Raises `BenchFailed` where an answer is not 200 or 202, or an accepted event is not on disk.
    """
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(serving(name, server, folder))
            for name, server in (("house", houses.house), ("floor", houses.floor))
        }
        load = stack.enter_context(child("load", sender, log=folder / "load.log"))
        first, pairs = 0, []
        for _ in range(runs):
            counts = {}
            for name, port in ports.items():
                wanted = _round(port, connections, first, seconds)
                counts[name] = _ask(load, wanted)
                first += counts[name].sent
            pairs.append(Pair(counts["house"], counts["floor"]))
    _check_durable(folder / "tidegate.sqlite", sum(pair.house.answers for pair in pairs))
    return {
        "per_s": round(median(pair.house.per_s for pair in pairs)),
        "floor_per_s": round(median(pair.floor.per_s for pair in pairs)),
        "ratio": round(median(pair.ratio for pair in pairs), 3),
        "connections": connections,
        "durability": DURABILITY,
    }


def ceiling(houses: Houses, folder: Path, *, connections: int, seconds: float) -> int:
    """Requests a second that the sender reaches where the server does nothing."""
    with (
        serving("idle", houses.idle, folder) as port,
        child("load", sender, log=folder / "load.log") as load,
    ):
        return round(_ask(load, _round(port, connections, 0, seconds)).per_s)


def _round(port: int, connections: int, first: int, seconds: float) -> Round:
    return Round(port, request(PATH, HEADERS, BODY), connections, first, seconds)


def _ask(load: Child, wanted: Round) -> Counted:
    found: Counted = load.ask(wanted, wanted.warm + wanted.seconds + 30.0)
    return found


def _check_durable(path: Path, answers: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        kept = int(connection.execute("SELECT COUNT(*) FROM inbox").fetchone()[0])
    if kept < answers:
        raise BenchFailed(f"{answers} were answered and {kept} are on disk")
