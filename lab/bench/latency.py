"""`bench latency`: from accepted to applied, all in one process, at a steady rate."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.bench import filling
from lab.bench.ingest import BODY, HEADERS, PATH
from lab.bench.load import Counted, Round, request, sender
from lab.bench.process import BenchFailed, Server, child, serving
from lab.percentile import percentile
from tidegate.clock import SystemClock

CONNECTIONS = 16
WARM = 1.0
PATIENCE = 60.0
FILE = "tidegate.sqlite"
_WAITS = "SELECT accepted_at, ended_at FROM inbox WHERE id > ? AND state = 'applied'"


def bench_latency(house: Server, folder: Path, *, rate: int, seconds: float) -> dict[str, Any]:
    """Milliseconds between the transactions that accepted and that settled each event.

    Raises `BenchFailed` where an event was refused, or is not applied in time.
    """
    with (
        serving("house", house, folder) as port,
        child("load", sender, log=folder / "load.log") as load,
    ):
        post = request(PATH, HEADERS, BODY)
        warm = Round(port, post, CONNECTIONS, 0, WARM, rate=float(rate))
        first: Counted = load.ask(warm, WARM + PATIENCE)
        wanted = Round(port, post, CONNECTIONS, first.sent, seconds, rate=float(rate))
        counted: Counted = load.ask(wanted, seconds + PATIENCE)
        with closing(sqlite3.connect(folder / FILE, timeout=10.0)) as connection:
            _until_drained(connection)
            waits = sorted(_ms(*row) for row in connection.execute(_WAITS, [first.sent]))
    if len(waits) != counted.sent:
        raise BenchFailed(f"of {counted.sent} events {len(waits)} were applied")
    return {
        "rate": round(counted.sent / counted.seconds),
        "p50_ms": percentile(waits, 50),
        "p99_ms": percentile(waits, 99),
        "max_ms": percentile(waits, 100),
    }


def bench_backlog(
    house: Server, folder: Path, *, backlog: int, rate: int = 200, seconds: float = 5.0
) -> dict[str, Any]:
    """Milliseconds from a request to its answer while so many events drain.

    Raises `BenchFailed` where an event was refused, or the backlog was gone before the end.
    """
    with (
        serving("house", house, folder) as port,
        child("load", sender, log=folder / "load.log") as load,
    ):
        post = request(PATH, HEADERS, BODY)
        load.ask(Round(port, post, CONNECTIONS, 0, WARM, rate=float(rate)), WARM + PATIENCE)
        filling.ready(folder / FILE, backlog, backlog)
        wanted = Round(port, post, CONNECTIONS, 10 * backlog, seconds, rate=float(rate))
        counted: Counted = load.ask(wanted, seconds + PATIENCE)
        with closing(sqlite3.connect(folder / FILE, timeout=10.0)) as connection:
            left = connection.execute("SELECT COUNT(*) FROM sync_queue").fetchone()[0]
    if not left:
        raise BenchFailed(f"{backlog} events were drained in less than {seconds:g} s: take more")
    waits = sorted(wait * 1000 for wait in counted.waits)
    return {
        "rate": round(counted.sent / counted.seconds),
        "backlog": backlog,
        "left": left,
        "accept_p50_ms": percentile(waits, 50),
        "accept_p99_ms": percentile(waits, 99),
        "accept_max_ms": percentile(waits, 100),
    }


def _until_drained(connection: sqlite3.Connection) -> None:
    clock, pause = SystemClock(), threading.Event()
    deadline = clock.monotonic() + PATIENCE
    while filling.busy(connection):
        if clock.monotonic() > deadline:
            raise BenchFailed("the house does not come to rest")
        pause.wait(0.01)


def _ms(accepted_at: str, ended_at: str) -> float:
    # Not in SQL: SQLite reckons in whole milliseconds.
    waited = datetime.fromisoformat(ended_at) - datetime.fromisoformat(accepted_at)
    return waited.total_seconds() * 1000
