"""`tidegate replays`: jobs on many letters, as they go; pause one, let it go on, or cancel it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cli import exits
from cli.asking import Asker, NoWait, Reason, Yes, confirmed, said, show_answer
from cli.following import COLUMNS, finish, follow, show_job
from cli.options import Dir, Output
from cli.output import Format, show_rows

app = typer.Typer(help="Jobs on many dead letters: replays and others.", no_args_is_help=True)

_LISTED = {"asked_at": "asked at", **COLUMNS, "actor": "actor", "reason": "reason"}

Job = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]


@app.command("list")
def list_jobs(
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1000, help="As many at most.")
    ] = 50,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List jobs, the newest first."""
    from cli.reading import acting
    from ops.replays import Replays

    with acting(directory) as (_, db):
        found = Replays(db).list(limit)
    show_rows(found, _LISTED, output)
    if not found:
        words = "tidegate dead-letters replay with a filter makes one"
        raise exits.nothing("there is no job yet", words)


@app.command("show")
def show(
    job: Job,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Show a job: how far it is, what it skipped and why, what became of what it sent."""
    from cli.reading import acting
    from ops.replays import Replays

    with acting(directory) as (context, db), _known():
        replays = Replays(db)
        if watch:
            finish(follow(lambda: replays.show(job), context.clock), output)
        else:
            show_job(replays.show(job), output)


@app.command("pause")
def pause(
    job: Job,
    reason: Reason,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Send no more of a job until it is resumed."""
    _ask("pause", job, reason, directory, output, wait=not no_wait)


@app.command("resume")
def resume(
    job: Job,
    reason: Reason,
    rate: Annotated[
        int | None, typer.Option(min=1, help="Letters a second; unset: as before.")
    ] = None,
    stop_at: Annotated[
        int | None,
        typer.Option("--stop-at-error-rate", min=0, max=100, help="Percentage; unset: as before."),
    ] = None,
    no_stop: Annotated[bool, typer.Option("--no-stop", help="However many fail again.")] = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Let a paused job go on, from the stage at which it stopped, and follow it."""
    from cli.reading import acting
    from cli.who import at_terminal
    from ops.replays import Replays

    if no_stop and stop_at is not None:
        raise typer.BadParameter("one or the other", param_hint="--no-stop")
    changed: dict[str, int | None] = {}
    if no_stop or stop_at is not None:
        changed["stop_at_percent"] = stop_at
    with acting(directory) as (context, db), said(), _known():
        replays, asker = Replays(db), Asker(context, db)
        asked = replays.resume(context.ids, at_terminal(), job, reason, rate=rate, **changed)
        if no_wait:
            asker.answered(asked, output, wait=False)
            return
        found = asker.awaited(asked)
        if not found["changed"]:
            show_answer(found, output)
        finish(follow(lambda: replays.show(job), context.clock), output)


@app.command("cancel")
def cancel(
    job: Job,
    reason: Reason,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """End a job; what it has not acted on stays as it is."""
    confirmed(f"Cancel job {job}?", yes=yes)
    _ask("cancel", job, reason, directory, output, wait=not no_wait)


def _ask(verb: str, job: str, reason: str, directory: Dir, output: Format, *, wait: bool) -> None:
    from cli.reading import acting
    from cli.who import at_terminal
    from ops.replays import Replays

    with acting(directory) as (context, db), said(), _known():
        replays = Replays(db)
        act = replays.pause if verb == "pause" else replays.cancel
        asked = act(context.ids, at_terminal(), job, reason)
        Asker(context, db).answered(asked, output, wait=wait)


@contextmanager
def _known() -> Iterator[None]:
    from ops.requests import NoSuchRequest

    try:
        yield
    except NoSuchRequest as error:
        raise exits.nothing(error) from None
