"""`tidegate alerts`: what is wrong now, who has seen it, and whether anybody would be told."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import exits
from cli.asking import Reason
from cli.options import Dir, Output
from cli.output import Format, say, show_rows, tell
from cli.who import at_terminal

app = typer.Typer(no_args_is_help=True, help="What a person should know.")

COLUMNS = {
    "severity": "severity",
    "code": "code",
    "subject": "subject",
    "text": "what",
    "since": "since",
    "acknowledged_by": "seen by",
    "runbook": "what to do",
}


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that ended too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows, at most.")] = 200,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Show alerts; exit 3 where one lasts that nobody has acknowledged."""
    from cli.reading import acting
    from ops.alerts import alerts

    with acting(directory) as (_, db):
        found = alerts(db, every=every, limit=limit)
    if found or output is not Format.table:
        show_rows(found, COLUMNS, output)
    else:
        tell("no alert")
    if any(row["cleared_at"] is None and row["acknowledged_at"] is None for row in found):
        raise typer.Exit(exits.PROBLEM)


@app.command("ack")
def ack(
    code: Annotated[str, typer.Argument(metavar="CODE", help="As `alerts list` shows it.")],
    reason: Reason,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Only of this; unset: every one of the code.")
    ] = None,
    directory: Dir = None,
) -> None:
    """Say that you have seen it: nobody is reminded of it. Exit 4 where there is none such."""
    from cli.reading import acting
    from ops.alerts import acknowledge

    with acting(directory) as (context, db):
        version = context.config.version
        found = acknowledge(db, at_terminal(), code, subject, reason, version)
    if not found:
        raise exits.nothing(f"no alert {code} waits to be seen")
    for row in found:
        say(f"{row['code']} of {row['subject']} is seen")


@app.command("test")
def reach(directory: Dir = None) -> None:
    """Send a message to every address of ALERT_URLS; exit 3 where one does not take it."""
    from cli.context import load
    from ops.notify import apprise

    context = load(directory, serves=False)
    if context.settings.alert_urls is None:
        raise exits.problem(
            "ALERT_URLS names nobody",
            "set it to Apprise addresses, such as mailto://… or json://host/path",
        )
    send = apprise(context.settings.alert_urls)
    error = send(f"Tidegate {context.settings.environment}: test", "Somebody typed: alerts test")
    if error is not None:
        raise exits.problem(error)
    say("every address took it")
