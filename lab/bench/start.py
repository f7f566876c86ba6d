"""`bench start`: from an empty folder to the first accepted event, and what it weighs then."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from lab.bench.ingest import BODY, HEADERS, KEY, PATH
from lab.bench.process import BenchFailed
from tidegate.clock import SystemClock

PATIENCE = 30.0
EVERY = 0.01
_HEAVY = ("alembic", "pyodbc")
_HELP = (
    "import sys, cli.main; sys.argv = ['tidegate', '--help']\n"
    "try: cli.main.app()\n"
    "except SystemExit: pass\n"
    "print(*sorted(set(sys.argv[:0]) | {m for m in %r if m in sys.modules}), file=sys.stderr)"
)


def bench_start(folder: Path, runs: int) -> dict[str, Any]:
    """Medians over `runs` fresh folders. Raises `BenchFailed` where the house does not come up."""
    took, weight = [], []
    for run in range(runs):
        place = folder / f"start-{run}"
        place.mkdir()
        seconds, kib = _once(place)
        took.append(seconds)
        weight.append(kib / 1024)
    return {
        "first_accept_s": round(median(took), 2),
        "resident_mb": round(median(weight)),
        "help_imports": _imported_by_help(),
        "runs": runs,
    }


def _once(place: Path) -> tuple[float, int]:
    clock, pause = SystemClock(), threading.Event()
    began = clock.monotonic()
    with (place / "log").open("wb") as log:
        house = subprocess.Popen(
            [sys.executable, "-m", "tidegate", "up", "--dir", "house", "--port", "0"],
            cwd=place,
            env={"WEBHOOK_KEY": KEY, "ADMIN_KEY": KEY, "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        while clock.monotonic() - began < PATIENCE:
            if _accepted(place / "log"):
                return clock.monotonic() - began, _resident(house.pid)
            pause.wait(EVERY)
    finally:
        house.terminate()
        with suppress(subprocess.TimeoutExpired):
            house.wait(15)
        house.kill()
    raise BenchFailed(f"no event was accepted within {PATIENCE:g} s; see {place / 'log'}")


def _accepted(log: Path) -> bool:
    said = log.read_text(errors="replace").partition("tidegate     http://")[2].split()
    if not said:
        return False
    try:
        body = (BODY % {"number": 1}).encode()
        return httpx.post(
            f"http://{said[0]}{PATH}", content=body, headers=HEADERS, trust_env=False
        ).is_success
    except httpx.TransportError:
        return False


def _resident(pid: int) -> int:
    """KiB; 0 where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    lines = (line.split() for line in status.read_text().splitlines())
    return next((int(line[1]) for line in lines if line and line[0] == "VmRSS:"), 0)


def _imported_by_help() -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _HELP % (_HEAVY,)], capture_output=True, check=True, text=True
    )
    return done.stderr.split()
