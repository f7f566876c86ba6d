"""The public, stable surface: what reports may select from, without payloads.

`columns.toml` says what each view and column is; the SQL of both dialects stands beside it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection

_DROP = {"sqlite": "DROP VIEW IF EXISTS {}", "mssql": "DROP VIEW IF EXISTS tidegate.{}"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type as SQL Server spells it, and what it says."""

    name: str
    type: str
    says: str


@dataclass(frozen=True, slots=True)
class View:
    """What a view promises.

    `order` sorts a report of it, `since` is the column that a report may begin at, `needs` one that
    must be asked for lest all of history be read, `sparklines` those that make a line each.
    """

    name: str
    about: str
    note: str
    columns: tuple[Column, ...]
    order: str
    since: str | None
    needs: str | None
    sparklines: tuple[str, ...]


def _read() -> dict[str, Any]:
    return tomllib.loads(files("sql.views").joinpath("columns.toml").read_text(encoding="utf-8"))


VIEWS = tuple(_read())


@cache
def catalog() -> dict[str, View]:
    """Every view by its name."""
    return {name: _view(name, said) for name, said in _read().items()}


def _view(name: str, said: dict[str, Any]) -> View:
    return View(
        name=name,
        about=said["about"],
        note=said.get("note", ""),
        columns=tuple(Column(each, *of) for each, of in said["columns"].items()),
        order=said["order"],
        since=said.get("since"),
        needs=said.get("needs"),
        sparklines=tuple(said.get("sparklines", ())),
    )


def view_sql(name: str, dialect: str) -> str:
    """The statement that creates a view."""
    return files("sql.views").joinpath(f"{name}.{dialect}.sql").read_text(encoding="utf-8")


def create_views(connection: Connection) -> None:
    """Drop and create them all; CREATE OR ALTER is refused by the TDS test server and by SQLite."""
    for name in VIEWS:
        connection.exec_driver_sql(drop_sql(name, connection.dialect.name))
        connection.exec_driver_sql(view_sql(name, connection.dialect.name))


def drop_sql(name: str, dialect: str) -> str:
    """The statement that drops a view where it is there."""
    return _DROP[dialect].format(name)
