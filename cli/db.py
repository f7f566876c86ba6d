"""`tidegate db`: make the database, bring its schema up to date, check it, wait for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import exits, recover
from cli.context import Context, load
from cli.options import Dir
from cli.output import say

if TYPE_CHECKING:
    from sql.database import Database

APP = "tidegate cli"
app = typer.Typer(help="The database and its schema.", no_args_is_help=True)
app.command("adopt")(recover.adopt)


class Phase(StrEnum):
    """`pre` runs while the old version works, `post` after the last of it has stopped."""

    pre = "pre"
    post = "post"


@app.command()
def upgrade(
    phase: Annotated[Phase | None, typer.Option(help="Unset: all that is missing.")] = None,
    directory: Dir = None,
) -> None:
    """Apply the migrations that are missing, all or none."""
    from sql.migrate import upgrade as apply

    with _database(directory) as (context, db):
        applied = apply(db, context.clock, phase.value if phase else None)
    for name in applied:
        typer.echo(name)
    say(f"{len(applied)} applied" if applied else "nothing to apply: the schema is up to date")


@app.command()
def validate(directory: Dir = None) -> None:
    """Compare the database's schema with this program's; exit 3 where they differ."""
    from sql.migrate import validate as compare

    with _database(directory) as (_, db):
        wrong = compare(db)
    for line in wrong:
        typer.echo(line)
    if wrong:
        raise typer.Exit(exits.PROBLEM)
    say("the schema is as it should be")


@app.command()
def sql() -> None:
    """Print the T-SQL script that makes the schema on an empty SQL Server database."""
    from sql.dump import schema_script

    typer.echo(schema_script(), nl=False)


@app.command()
def wait(
    timeout: Annotated[float, typer.Option(min=0, help="Seconds.")] = 60.0,
    directory: Dir = None,
) -> None:
    """Wait until the database's server answers, whatever is on it; exit 7 where it does not."""
    from sql.migrate import wait as until_it_answers

    context = load(directory, serves=False)
    until_it_answers(lambda: _server(context), timeout, context.clock, _pause)
    say("the database answers")


@app.command()
def create(directory: Dir = None) -> None:
    """Make the database that DB_DSN names, unless it is there; its schema is `db upgrade`'s."""
    from sql.open import is_server

    context = load(directory, serves=False)
    dsn, password = context.dsn
    if dsn is None or not is_server(dsn):
        context.open("cli").close()
        say("SQLite's file is there")
        return
    from sql.mssql_facts import create_database

    made = create_database(dsn, password, APP)
    say("the database is made" if made else "the database is there already")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; on a server, as the server sees it.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    directory: Dir = None,
) -> None:
    """Copy the SQLite file while it is in use, or print what makes SQL Server write a backup."""
    from cli.reading import acting
    from ops import backup as backups
    from sql.sqlite import SqliteDatabase

    with acting(directory) as (_, db):
        if not isinstance(db, SqliteDatabase):
            typer.echo(backups.statement(db, file))
            say("run this on the server: it alone can write there")
            return
        size = backups.backup(db, file, force=force)
    say(f"{file}: {size} bytes, checked; read back by tidegate db adopt --as restored")


def _server(context: Context) -> Database:
    """What answers as soon as the server does, before there is a database of ours."""
    from sql.odbc import odbc_string
    from sql.open import is_server, open_database

    dsn, password = context.dsn
    if dsn is None or not is_server(dsn):
        return context.open("cli")
    master = odbc_string(dsn, password, APP, database="master")
    return open_database(master, None, None, context.clock, "cli")


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextmanager
def _database(directory: Path | None) -> Iterator[tuple[Context, Database]]:
    context = load(directory, serves=False)
    db = context.open("cli")
    try:
        yield context, db
    finally:
        db.close()
