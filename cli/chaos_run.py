"""`tidegate chaos run`: real processes, really broken; only where nothing can be lost by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.options import Output
from cli.output import Format, say, show_one
from tidegate.clock import SystemClock
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from lab.live.house import Asked
    from sql.database import Database


def run(
    minutes: Annotated[float, typer.Option(min=0.1, help="For how long it is broken.")] = 3.0,
    dsn: Annotated[
        str | None, typer.Option("--dsn", help="An empty SQL Server database; unset: SQLite.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database-name", help="The name of that database, typed once more."),
    ] = None,
    restart: Annotated[
        str | None, typer.Option("--restart-database", help="A command that restarts its server.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the troubles.")] = 1,
    rate: Annotated[float, typer.Option(min=1, help="Posts a second.")] = 60.0,
    items: Annotated[int, typer.Option(min=1, help="Order keys.")] = 40,
    output: Output = Format.table,
) -> None:
    """Kill, freeze, cut and fill a house of real processes; exit 3 where a promise broke."""
    from lab.live.run import run as break_it

    asked = _asked(minutes, dsn, database, restart, seed, rate, items)
    found = break_it(asked, lambda line: say(f"chaos: {line}"))
    show_one(found, output)
    if not found["kept"]:
        raise typer.Exit(exits.PROBLEM)


def _asked(
    minutes: float,
    dsn: str | None,
    database: str | None,
    restart: str | None,
    seed: int,
    rate: float,
    items: int,
) -> Asked:
    from lab.live.house import Asked

    if dsn is None:
        return Asked(minutes * 60, seed, rate, items, open_database)
    from sql.odbc import field, odbc_string

    text = odbc_string(dsn, None, "tidegate chaos")
    name = field(text, "database") or ""
    if database != name:
        raise ConfigError(
            f"everything in the database {name!r} will be broken on purpose",
            next_step=f"--database-name {name}, if you mean it",
        )
    _must_be_ours(dsn)
    host, port = _address(field(text, "server") or "")
    return Asked(
        minutes * 60,
        seed,
        rate,
        items,
        open_database,
        dsn,
        lambda local: odbc_string(dsn, None, "tidegate", server=f"127.0.0.1,{local}"),
        (host, port),
        restart,
    )


def _must_be_ours(dsn: str) -> None:
    """Raise `ConfigError` where there is an event that a run like this did not make."""
    from sqlalchemy import select

    from lab.live.senders import PREFIX
    from sql.catalog import names
    from sql.reads import rows
    from sql.tables.inbox import inbox

    db = open_database(dsn, Path())
    try:
        with db.engine.connect() as connection:
            if "inbox" not in names(connection):
                return
        strange = select(inbox.c.uuid).where(
            inbox.c.entity_text.is_(None) | ~inbox.c.entity_text.startswith(PREFIX)
        )
        found: list[Any] = rows(db, strange.limit(1))
    finally:
        db.close()
    if found:
        raise ConfigError(
            f"the database holds events that no chaos run made, such as {found[0]['uuid']}",
            next_step="make an empty database for it",
        )


def open_database(dsn: str | None, folder: Path) -> Database:
    """What a run like this opens."""
    from sql.open import open_database as opened

    return opened(dsn, None, folder, SystemClock(), "chaos")


def _address(server: str) -> tuple[str, int]:
    host, _, port = server.removeprefix("tcp:").partition(",")
    return host, int(port or 1433)
