"""What must be reached (DESIGN, section 9), and whether it was."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tidegate import __version__

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Floor:
    """One line of the table. `at_least`: whether more is better."""

    what: str
    floor: float
    at_least: bool
    of: Callable[[Found], Any]


FLOORS = (
    Floor(
        "accepts at 64 connections / floor endpoint", 0.8, True, lambda f: f["ingest_64"]["ratio"]
    ),
    Floor(
        "accepts at 16 connections / floor endpoint", 0.6, True, lambda f: f["ingest_16"]["ratio"]
    ),
    Floor("drain, events/s", 8000, True, lambda f: f["drain"]["per_s"]),
    Floor("drain behind a history / empty", 0.9, True, lambda f: f["drain"].get("history_ratio")),
    Floor("drain beside waiting / empty", 0.9, True, lambda f: f["drain"].get("waiting_ratio")),
    Floor("accepted to applied, p50 ms", 10, False, lambda f: f["latency"]["p50_ms"]),
    Floor("accepted to applied, p99 ms", 50, False, lambda f: f["latency"]["p99_ms"]),
    Floor(
        "accepts while a backlog drains, p99 ms",
        100,
        False,
        lambda f: f["backlog"]["accept_p99_ms"],
    ),
    Floor("failover after kill -9, p95 s", 2, False, lambda f: f["failover"]["p95_s"]),
    Floor("round trips of a claim", 1.05, False, lambda f: f["drain"]["round_trips"]["claim"]),
    Floor("round trips of a settlement", 1, False, lambda f: f["drain"]["round_trips"]["settle"]),
    Floor("start to first accepted event, s", 2, False, lambda f: f["start"]["first_accept_s"]),
    Floor("resident memory, MB", 150, False, lambda f: f["start"]["resident_mb"]),
    Floor("heavy imports of --help", 0, False, lambda f: len(f["start"]["help_imports"])),
)


def table(found: Found) -> list[Found]:
    """Each floor with what was measured; `met` is None where it was not measured."""
    rows = []
    for each in FLOORS:
        try:
            value = each.of(found)
        except KeyError:
            value = None
        met = None
        if value is not None:
            met = value >= each.floor if each.at_least else value <= each.floor
        row = {name: said for name, said in asdict(each).items() if name in ("what", "floor")}
        rows.append({**row, "measured": value, "met": met})
    return rows


def surroundings() -> Found:
    """What it was measured on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "version": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "database": "SQLite",
        "durability": "synchronous=FULL",
        "cores": os.cpu_count(),
        "load": None if load is None else round(load, 2),
    }
