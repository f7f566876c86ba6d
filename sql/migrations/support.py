"""What every migration needs: where its tables live, and what time it is."""

from __future__ import annotations

from typing import Any

from alembic import context, op
from sqlalchemy import Column, ColumnClause, TableClause, text
from sqlalchemy import table as table_clause


def schema() -> str | None:
    """`tidegate` on SQL Server; SQLite has no schemas."""
    name: str | None = context.config.attributes["schema"]
    return name


def now() -> Any:
    """The instant of the upgrade, as a value or as the server's own expression."""
    return context.config.attributes["now"]


def table(name: str, *columns: Column[Any]) -> None:
    """Create a table; an identity never hands out a number twice, on SQLite either."""
    counted = any(column.identity is not None for column in columns)
    op.create_table(name, *columns, schema=schema(), sqlite_autoincrement=counted)


def index(name: str, of: str, *columns: str, unique: bool = False, only: str = "") -> None:
    """Create an index on the table `of`, filtered by the condition `only`."""
    where: dict[str, Any] = {}
    if only:
        where = {"mssql_where": text(only), "sqlite_where": text(only)}
    op.create_index(name, of, list(columns), unique=unique, schema=schema(), **where)


def rows_of(name: str, *columns: ColumnClause[Any]) -> TableClause:
    """A table to insert into, as it was at this migration."""
    return table_clause(name, *columns, schema=schema())
