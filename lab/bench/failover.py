"""`bench failover`: the leader is killed with -9 under load; seconds until the standby has settled.

Only keys that were not in flight at the kill are promised so soon: the others are looked up first.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

from lab.bench.process import BenchFailed
from lab.live.house import Asked, House
from lab.live.troubles import PROCESSORS, STANDS_BY
from lab.live.watch import Watch
from lab.percentile import percentile
from tidegate.clock import SystemClock

PATIENCE = 30.0
SETTLE = 3.0
"""Seconds between kills: the one that was killed is a standby again by then."""


def bench_failover(asked: Asked, kills: int) -> dict[str, Any]:
    """Kill whoever leads, so many times. Raises `BenchFailed` where nobody settles in time."""
    clock, pause = SystemClock(), threading.Event()
    with (
        tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name,
        House.started(asked, Path(name), clock) as house,
    ):
        watch, senders, took = Watch(house.db, clock), house.senders(), []
        senders.start()
        for _ in range(kills):
            pause.wait(SETTLE)
            took.append(_killed(house, watch))
        senders.stop()
    took.sort()
    return {
        "p50_s": percentile(took, 50),
        "p95_s": percentile(took, 95),
        "max_s": percentile(took, 100),
        "n": len(took),
        "rate": asked.rate,
    }


def _killed(house: House, watch: Watch) -> float:
    name, epoch = _leader(house, watch), watch.epoch()
    house.processes.kill(name)
    seconds = watch.settled_after(epoch, PATIENCE)
    if seconds is None:
        raise BenchFailed(f"nobody settled anything within {PATIENCE:g} s")
    house.role(name)
    house.processes.says(name, STANDS_BY)
    return seconds


def _leader(house: House, watch: Watch) -> str:
    """Who leads, once both run. Raises `BenchFailed`."""
    clock, pause = SystemClock(), threading.Event()
    deadline = clock.monotonic() + PATIENCE
    while clock.monotonic() < deadline:
        pid = watch.leader()
        name = house.processes.named(pid) if pid is not None else None
        if name is not None and all(map(house.processes.runs, PROCESSORS)):
            return name
        pause.wait(0.1)
    raise BenchFailed("two processors should run, and one of them lead")
