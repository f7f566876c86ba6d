"""`tidegate leader`: who leads."""

from __future__ import annotations

import typer

from cli.options import Dir, Output
from cli.output import Format, show_rows

app = typer.Typer(help="Who drains the queue, and who sends.", no_args_is_help=True)

COLUMNS = {
    "role": "role",
    "leads": "leads",
    "holder": "holder",
    "epoch": "term",
    "beat_age_s": "beat, s ago",
    "since": "since",
}


@app.callback()
def _group() -> None:
    """Who drains the queue, and who sends."""


@app.command("show")
def show(directory: Dir = None, output: Output = Format.table) -> None:
    """Show both roles: holder, term, age of the last beat."""
    from cli.reading import reading
    from ingest.reports import leader_report

    with reading(directory) as reader:
        leaders = leader_report(reader.read("events/stats")["leaders"])
    show_rows([{"role": name, **row} for name, row in leaders.items()], COLUMNS, output)
