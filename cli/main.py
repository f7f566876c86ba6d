"""`tidegate`: the commands and their help. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli import (
    alerts,
    api_keys,
    audit,
    bench,
    blocked,
    chaos,
    chaos_run,
    config,
    db,
    doctor,
    editing,
    events,
    exits,
    leader,
    letters,
    mapping,
    pauses,
    recover,
    replays,
    report,
    retention,
    rules,
    sources,
    status,
    subscriptions,
    trying,
)
from cli.options import Dir
from cli.output import tell
from cli.panels import Grouped, Whole
from cli.shadow import check_packages
from tidegate.errors import (
    ConfigError,
    SchemaMismatch,
    StoreUnavailable,
    TidegateError,
)

app = typer.Typer(
    name="tidegate",
    cls=Grouped,
    help="Webhooks in, ERP writes out: in order, once, on record.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)

Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Public port.")]

app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("try")(trying.try_it)
events.app.command("restore")(retention.restore)
app.add_typer(events.app, name="events", cls=Whole)
app.command("explain")(events.show)
app.command("report")(report.report)
app.command("pause")(pauses.pause)
app.command("resume")(pauses.resume)
app.command("recover")(recover.recover)
letters.app.command("edit-replay")(editing.edit_replay)
app.add_typer(letters.app, name="dead-letters", cls=Whole)
app.add_typer(blocked.app, name="blocked", cls=Whole)
app.add_typer(leader.app, name="leader", cls=Whole)
app.add_typer(sources.app, name="sources", cls=Whole)
app.add_typer(config.app, name="config", cls=Whole)
app.add_typer(rules.app, name="rules", cls=Whole)
app.add_typer(mapping.app, name="mapping", cls=Whole)
app.add_typer(audit.app, name="audit", cls=Whole)
app.add_typer(bench.app, name="bench", cls=Whole)
chaos.app.command("run")(chaos_run.run)
app.add_typer(chaos.app, name="chaos", cls=Whole)
db.app.command("prune")(retention.prune)
app.add_typer(db.app, name="db", cls=Whole)
app.command("erase")(retention.erase)
app.add_typer(api_keys.app, name="api-keys", cls=Whole)
app.add_typer(replays.app, name="replays", cls=Whole)
app.add_typer(alerts.app, name="alerts", cls=Whole)
app.add_typer(subscriptions.app, name="subscriptions", cls=Whole)


@app.command()
def up(
    directory: Annotated[
        Path, typer.Option("--dir", help="Folder of keys, sandbox and SQLite file.")
    ] = Path(".tidegate"),
    port: Port = None,
    sandbox_port: Annotated[
        int | None, typer.Option("--sandbox-port", min=0, max=65535, help="The sandbox ERP's port.")
    ] = None,
    sandbox: Annotated[
        bool | None,
        typer.Option(
            "--sandbox/--no-sandbox",
            help="Start the sandbox ERP beside it; unset: where nothing names another ERP.",
        ),
    ] = None,
) -> None:
    """Run the whole house in one process."""
    from cli import up as verbs

    verbs.up(directory, port, sandbox_port, sandbox=sandbox)


@app.command()
def ingest(directory: Dir = None, port: Port = None) -> None:
    """Run the public port alone."""
    from cli import up as verbs

    verbs.ingest(directory, port)


@app.command()
def processor(directory: Dir = None) -> None:
    """Run the drain alone; of several on one database one leads."""
    from cli import up as verbs

    verbs.processor(directory)


@app.command()
def relay(directory: Dir = None) -> None:
    """Run the outbox's relay alone."""
    from cli import up as verbs

    verbs.relay(directory)


@app.command()
def sandbox(
    directory: Annotated[Path, typer.Option("--dir", help="Folder of its file.")] = Path(
        ".tidegate"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Its port.")] = 7004,
) -> None:
    """Run the sandbox ERP alone."""
    from cli import up as verbs

    verbs.sandbox(directory, port)


def run() -> None:
    """The console script: errors become a sentence, a next step and an exit code."""
    sys.exit(guarded(_start))


def _start() -> None:
    check_packages()
    app()


def guarded(call: Callable[[], object]) -> int:
    """Run a command; its exit code."""
    try:
        call()
    except TidegateError as error:
        tell(error, error.next_step)
        return _code(error)
    return exits.OK


def _code(error: TidegateError) -> int:
    if isinstance(error, StoreUnavailable):
        return exits.UNREACHABLE
    if isinstance(error, ConfigError):
        return exits.USAGE
    if isinstance(error, SchemaMismatch):
        return exits.PROBLEM
    return exits.UNEXPECTED
