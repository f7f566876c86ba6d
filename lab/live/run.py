"""`chaos run`: real processes under load, one trouble after the other, then the reckoning.

Two processors, ingest, relay and the sandbox ERP; proxies of our own before the ERP, before ingest
and before the database's server.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from lab.live.house import Asked, House
from lab.live.reckoning import Reckoning, pending, reckon
from lab.live.senders import Senders
from lab.live.troubles import Troubles
from lab.live.watch import Watch
from lab.percentile import percentile
from sql.database import Database
from tidegate.clock import Clock, SystemClock

DRAIN = 180.0
"""Seconds without an event that ends, after which a house that nothing breaks has not come to rest.

A slow server is no broken promise: while there are ever fewer, it takes as long as it takes.
"""

DISK = "96m"
"""Size of the file system that is filled."""


Told = Callable[[str], None]


def run(asked: Asked, told: Told) -> dict[str, Any]:
    """Break it, let it come to rest, and count.

    Raises `NotStarted` where a process does not, `ConfigError` where the database holds events.

    Args:
        told: a line of progress.
    """
    clock = SystemClock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-chaos-")))
        ballast = stack.enter_context(_small_disk(folder / "house")) if asked.dsn is None else None
        if asked.dsn is None and ballast is None:
            told("no small disk could be mounted: the disk is not filled (root may)")
        house = stack.enter_context(House.started(asked, folder, clock))
        return _broken(asked, house, ballast, clock, told)


def _broken(
    asked: Asked, house: House, ballast: Path | None, clock: Clock, told: Told
) -> dict[str, Any]:
    watch, senders = Watch(house.db, clock), house.senders()
    restart = None
    if asked.restart is not None:
        command = asked.restart

        def restart() -> None:
            # Standard output is the report's.
            subprocess.run(command, shell=True, check=False, timeout=120, stdout=sys.stderr)

    troubles = Troubles(
        random.Random(asked.seed),
        house.processes,
        watch,
        house.role,
        house.erp,
        house.door,
        house.database,
        house.sandbox,
        ballast,
        restart,
    )
    senders.start()
    _trouble(asked, troubles, senders, clock, told)
    troubles.calm()
    senders.stop()
    rested = _at_rest(house.db, clock, told)
    found = reckon(house.db, house.sandbox, senders.accepted)
    return _report(found, troubles, senders, rested)


def _trouble(asked: Asked, troubles: Troubles, senders: Senders, clock: Clock, told: Told) -> None:
    end, pause = clock.monotonic() + asked.seconds, threading.Event()
    chance = random.Random(asked.seed + 1)
    while (left := end - clock.monotonic()) > 0:
        pause.wait(min(chance.uniform(0.5, 2.5), left))
        name = troubles.one()
        n = sum(map(len, senders.accepted.values()))
        told(f"{max(end - clock.monotonic(), 0):4.0f} s left, {n} accepted: {name}")


def _at_rest(db: Database, clock: Clock, told: Told) -> bool:
    least, deadline, pause = pending(db), clock.monotonic() + DRAIN, threading.Event()
    while (left := pending(db)) and clock.monotonic() < deadline:
        if left < least:
            least, deadline = left, clock.monotonic() + DRAIN
        told(f"at rest soon: {left} events left")
        pause.wait(1.0)
    return left == 0


def _report(found: Reckoning, troubles: Troubles, senders: Senders, rested: bool) -> dict[str, Any]:
    failovers = sorted(troubles.failovers)
    return {
        **found.counts,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "out_of_order": len(found.out_of_order),
        "failover_s": {
            "p50": percentile(failovers, 50) if failovers else None,
            "p95": percentile(failovers, 95) if failovers else None,
            "max": percentile(failovers, 100) if failovers else None,
            "n": len(failovers),
        },
        "troubles": dict(sorted(troubles.done.items())),
        "posts_unanswered": senders.unanswered,
        "posts_refused": senders.refused,
        "at_rest": rested,
        "kept": found.kept,
        "examples": [*found.lost[:5], *found.doubled[:5], *found.out_of_order[:5]],
    }


@contextmanager
def _small_disk(place: Path) -> Iterator[Path | None]:
    """A file system of its own for the database, and the file that fills it; None without one."""
    place.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if not done or done.returncode:
        yield None
        return
    try:
        yield place / "ballast"
    finally:
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "-l", str(place)], check=False)
