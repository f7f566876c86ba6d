"""`tidegate doctor`: is everything as it should be, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import typer

from cli import exits
from cli.context import Context, load
from cli.options import Dir, Output
from cli.output import Format, show_rows

if TYPE_CHECKING:
    from ops.doctor import Patient
    from sql.database import Database
    from sql.mssql_facts import ServerFacts
    from tidegate.adapter import Adapter

COLUMNS = {"check": "check", "state": "state", "found": "found", "next_step": "what to do"}


def doctor(directory: Dir = None, output: Output = Format.table) -> None:
    """Examine program, settings, database and ERP; exit 3 where there is a problem."""
    from ops.doctor import PROBLEM, examine

    context = load(directory, serves=False)
    found = examine(_patient(context))
    show_rows(found, COLUMNS, output)
    if any(row["state"] == PROBLEM for row in found):
        raise typer.Exit(exits.PROBLEM)


def _patient(context: Context) -> Patient:
    from ops.doctor import Patient

    return Patient(
        context.settings,
        context.config,
        context.clock,
        context.directory,
        partial(_open, context),
        _facts(context),
        _adapters(context),
    )


def _open(context: Context) -> Database:
    from cli.reading import must_be_there

    must_be_there(context)
    return context.open("doctor")


def _facts(context: Context) -> Callable[[], ServerFacts] | None:
    from sql.open import is_server

    dsn, password = context.dsn
    if dsn is None or not is_server(dsn):
        return None
    from sql.mssql_facts import server_facts

    return partial(server_facts, dsn, password, "tidegate doctor")


def _adapters(context: Context) -> dict[str, Callable[[], Adapter]]:
    from cli import modes
    from ingest.targets import names

    if modes.brings_sandbox(context.settings, context.config, None):
        # `up` starts it; alone there is nothing to ask.
        return {}
    base_url = context.settings.erp_base_url
    target = modes.target_of(context.settings)
    return {name: partial(modes.build, context, name, base_url) for name in names(target)}
