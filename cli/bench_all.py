"""`tidegate bench failover|start|all`: whole houses of processes, and the table of floors."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.chaos_run import open_database
from cli.options import Output
from cli.output import Format, say, show_document, show_one, show_rows

if TYPE_CHECKING:
    from lab.live.house import Asked

COLUMNS = {"what": "what", "floor": "floor", "measured": "measured", "met": "met"}


def failover(
    kills: Annotated[int, typer.Option(min=1, help="How often the leader is killed.")] = 10,
    rate: Annotated[float, typer.Option(min=1, help="Posts a second meanwhile.")] = 50.0,
    output: Output = Format.table,
) -> None:
    """Seconds from a kill -9 of the leader until the standby has settled something."""
    from lab.bench.failover import bench_failover

    show_one(bench_failover(_asked(rate), kills), output)


def start(
    runs: Annotated[int, typer.Option(min=1, help="Fresh folders.")] = 3,
    output: Output = Format.table,
) -> None:
    """Seconds from an empty folder to the first accepted event, and resident memory then."""
    from lab.bench.start import bench_start

    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
        show_one(bench_start(Path(name), runs), output)


def all_(
    runs: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 3,
    quick: Annotated[
        bool, typer.Option("--quick", help="Less of everything: a look, not a figure to quote.")
    ] = False,
    output: Output = Format.table,
) -> None:
    """Measure everything, and print the table of floors."""
    from lab.bench.floors import surroundings, table

    found: dict[str, Any] = {"on": surroundings()}
    for name, measure in _parts(runs, quick).items():
        say(f"bench: {name}")
        with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
            found[name] = measure(Path(folder))
    rows = table(found)
    if output is Format.table:
        show_rows(rows, COLUMNS, output)
    else:
        show_document({**found, "floors": rows}, rows, COLUMNS, output)


def _parts(runs: int, quick: bool) -> dict[str, Callable[[Path], dict[str, Any]]]:
    from cli import bench_house as house
    from lab.bench import ingest
    from lab.bench.drain import bench_drain
    from lab.bench.failover import bench_failover
    from lab.bench.latency import bench_backlog, bench_latency
    from lab.bench.start import bench_start

    houses = ingest.Houses(house.serve_house, house.serve_floor, house.serve_idle)
    seconds = 1.0 if quick else 3.0

    def accepts(connections: int) -> Callable[[Path], dict[str, Any]]:
        return lambda folder: ingest.bench_ingest(
            houses, folder, connections=connections, seconds=seconds, runs=runs
        )

    def drain(folder: Path) -> dict[str, Any]:
        history, waiting = (20_000, 5_000) if quick else (1_000_000, 100_000)
        return bench_drain(
            house.drained, folder, events=20_000, history=history, waiting=waiting, runs=runs
        )

    return {
        "start": lambda folder: bench_start(folder, runs),
        "ingest_64": accepts(64),
        "ingest_16": accepts(16),
        "ingest_1": accepts(1),
        "drain": drain,
        "latency": lambda folder: bench_latency(
            house.serve_all, folder, rate=200, seconds=5.0 if quick else 20.0
        ),
        "backlog": lambda folder: bench_backlog(
            house.serve_all, folder, backlog=10_000 if quick else 100_000
        ),
        "failover": lambda _: bench_failover(_asked(50.0), 3 if quick else 10),
    }


def _asked(rate: float) -> Asked:
    from lab.live.house import Asked

    return Asked(0.0, 1, rate, 40, open_database)
