"""Reports: rows of the public views, the same over every face and on both databases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, MetaData, Select, Table, cast, desc, literal, select
from sqlalchemy.dialects import mssql

from ops import shown
from sql import reads
from sql.database import Database, Row
from sql.filters import as_uuid
from sql.sqlite import stamp
from sql.tables import SCHEMA
from sql.views import View, catalog
from tidegate.config_errors import guess
from tidegate.errors import ConfigError

LIMIT = 1000
"""Rows of a report, unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a view says: instants as ISO 8601 in UTC, ids as text, flags as 0 and 1.

    Words of people and of far sides come without what reads like a secret.
    """

    view: View
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


def views() -> list[View]:
    """Every view there is."""
    return list(catalog().values())


def view_of(name: str) -> View:
    """The view that goes by a name, with or without its `v_`. Raises `ConfigError`."""
    known = catalog()
    wanted = name.strip().lower().replace("-", "_")
    found = known.get(wanted) or known.get(f"v_{wanted}")
    if found is None:
        plain = [each.removeprefix("v_") for each in known]
        hint = guess(wanted.removeprefix("v_"), plain)
        raise ConfigError(
            f"there is no view {name!r}" + (f"; {hint}" if hint else ""),
            next_step="tidegate report lists the views",
        )
    return found


def report(
    db: Database,
    name: str,
    since: datetime | None = None,
    limit: int = LIMIT,
    event: str | None = None,
) -> Report:
    """The rows of a view, in its order.

    Args:
        db: where from; nothing is locked.
        name: the view, with or without its `v_`.
        since: leaves out what the view's `since` column puts before it.
        limit: rows at most.
        event: the event's id, for the view that is about one.

    Raises:
        ConfigError: no such view; it has nothing to count `since` from; or no event where it must.
        StoreError: as `Database.read`.
    """
    view = view_of(name)
    statement = _select(view, db.engine.dialect.name, since, event).limit(limit)
    rows = [_told(view, row) for row in reads.rows(db, statement)]
    return Report(view, tuple(column.name for column in view.columns), rows)


def _select(view: View, dialect: str, since: datetime | None, event: str | None) -> Select[Any]:
    columns: list[SqlColumn[Any]] = [SqlColumn(column.name) for column in view.columns]
    table = Table(view.name, MetaData(), *columns, schema=SCHEMA)
    statement = select(table)
    if event is not None:
        statement = statement.where(table.c[_event_column(view)] == _id(event))
    elif view.needs is not None:
        raise ConfigError(
            f"{view.name} is about one event", next_step=f"tidegate report {view.name} --event ID"
        )
    if since is not None:
        if view.since is None:
            raise ConfigError(
                f"{view.name} tells how things stand now", next_step="leave --since out"
            )
        statement = statement.where(table.c[view.since] >= _moment(since, dialect))
    return statement.order_by(*_order(view, table))


def _event_column(view: View) -> str:
    if not any(column.name == "event" for column in view.columns):
        raise ConfigError(f"{view.name} is not about events", next_step="leave --event out")
    return "event"


def _id(event: str) -> str:
    found = as_uuid(event)
    if found is None:
        raise ConfigError(f"{event!r} is no event's id")
    return found


def _moment(since: datetime, dialect: str) -> ColumnElement[Any]:
    # As text: the driver drops the microseconds of a datetime.
    text = literal(stamp(since))
    if dialect != "mssql":
        return text
    return cast(text, mssql.DATETIME2(6))  # type: ignore[no-untyped-call]


def _order(view: View, table: Table) -> list[ColumnElement[Any]]:
    parts = (part.split() for part in view.order.split(","))
    return [desc(table.c[name]) if down else table.c[name] for name, *down in parts]


def _told(view: View, row: Row) -> dict[str, Any]:
    return {column.name: _value(column.type, row[column.name]) for column in view.columns}


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "datetime2(6)":
        return f"{value}"[:26].replace(" ", "T") + "Z"
    if kind == "uniqueidentifier":
        return str(value).lower()
    if kind.startswith("nvarchar"):
        return shown.text(value)
    return float(value) if kind.startswith("decimal") else value
