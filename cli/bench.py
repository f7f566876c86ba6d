"""`tidegate bench`: what this house does per second on this machine, beside a floor."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli import bench_all
from cli.options import Output
from cli.output import Format, say, show_one

app = typer.Typer(no_args_is_help=True, help="Measure this house on this machine.")

Runs = Annotated[int, typer.Option(min=1, help="How often it is measured; medians are printed.")]


@app.command("ingest")
def ingest(
    connections: Annotated[int, typer.Option(min=1, help="Senders at once.")] = 64,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each window is.")] = 3.0,
    runs: Runs = 3,
    ceiling: Annotated[
        bool, typer.Option("--ceiling", help="Say first how much the sender itself can do.")
    ] = False,
    output: Output = Format.table,
) -> None:
    """Durable accepts a second, beside an endpoint that validates the same and stores nothing."""
    from cli import bench_house as house
    from lab.bench import ingest as bench

    houses = bench.Houses(house.serve_house, house.serve_floor, house.serve_idle)
    with _folder() as folder:
        if ceiling:
            most = bench.ceiling(houses, folder, connections=connections, seconds=seconds)
            say(f"the sender's own ceiling: {most} requests/s")
        found = bench.bench_ingest(
            houses, folder, connections=connections, seconds=seconds, runs=runs
        )
    show_one(found, output)


@app.command("drain")
def drain(
    events: Annotated[int, typer.Option(min=1, help="Events to drain, each time.")] = 20_000,
    history: Annotated[
        int, typer.Option(min=0, help="Finished events behind it; 0 leaves that out.")
    ] = 1_000_000,
    waiting: Annotated[
        int, typer.Option(min=0, help="Events that wait on one key; 0 leaves that out.")
    ] = 100_000,
    runs: Runs = 3,
    output: Output = Format.table,
) -> None:
    """Events drained a second through an adapter that does nothing, with the whole record."""
    from cli import bench_house as house
    from lab.bench.drain import bench_drain

    with _folder() as folder:
        found = bench_drain(
            house.drained, folder, events=events, history=history, waiting=waiting, runs=runs
        )
    show_one(found, output)


@app.command("latency")
def latency(
    rate: Annotated[int, typer.Option(min=1, help="Events a second.")] = 200,
    seconds: Annotated[float, typer.Option(min=0.1, help="For how long.")] = 20.0,
    backlog: Annotated[
        int, typer.Option(min=0, help="Measure accepts instead, while so many events drain.")
    ] = 0,
    output: Output = Format.table,
) -> None:
    """From accepted to applied, all in one process."""
    from cli import bench_house as house
    from lab.bench.latency import bench_backlog, bench_latency

    with _folder() as folder:
        if backlog:
            found = bench_backlog(house.serve_all, folder, backlog=backlog, rate=rate)
        else:
            found = bench_latency(house.serve_all, folder, rate=rate, seconds=seconds)
    show_one(found, output)


app.command("failover")(bench_all.failover)
app.command("start")(bench_all.start)
app.command("all")(bench_all.all_)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
        yield Path(name)
