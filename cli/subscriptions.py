"""`tidegate subscriptions`: who is told of what happened, and the switch of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cli import exits
from cli.options import Dir, Output
from cli.output import Format, say, show_rows
from cli.who import at_terminal

app = typer.Typer(no_args_is_help=True, help="Who is told of what happened.")

COLUMNS = {
    "name": "name",
    "enabled": "on",
    "url": "address",
    "types": "types",
    "reason": "why not",
    "changed_at": "since",
}

Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="As `list` shows it.")]
Reason: TypeAlias = Annotated[str, typer.Option("--reason", help="Why; kept on record.")]


@app.command("list")
def list_(directory: Dir = None, output: Output = Format.table) -> None:
    """Show every subscription that a relay has run with; exit 3 where one is off."""
    from cli.reading import acting
    from ops.subscriptions import listed

    with acting(directory) as (_, db):
        found = listed(db)
    if found or output is not Format.table:
        show_rows(found, COLUMNS, output)
    else:
        say("tidegate: nobody is told; name somebody in [[subscriptions]], and start a relay")
    if not all(row["enabled"] for row in found):
        raise typer.Exit(exits.PROBLEM)


@app.command("enable")
def enable(name: Name, reason: Reason, directory: Dir = None) -> None:
    """Let one be told again, from now on; exit 4 where it is on."""
    _switch(name, reason, directory, on=True)


@app.command("disable")
def disable(name: Name, reason: Reason, directory: Dir = None) -> None:
    """Tell one no more; what happens meanwhile is not kept for it. Exit 4 where it is off."""
    _switch(name, reason, directory, on=False)


def _switch(name: str, reason: str, directory: Path | None, *, on: bool) -> None:
    from cli.reading import acting
    from ops.subscriptions import switch

    with acting(directory) as (context, db):
        changed = switch(db, at_terminal(), name, reason, context.config.version, on=on)
    word = "on" if on else "off"
    say(f"{name} is {word}" if changed else f"{name} was {word} already")
    if not changed:
        raise typer.Exit(exits.NOTHING)
