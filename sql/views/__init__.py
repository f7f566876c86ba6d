"""The public, stable surface: what reports may select from, without payloads."""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection

VIEWS = ("v_queue_depth", "v_queue_age", "v_event_timeline", "v_deliveries_by_verdict")
_DROP = {"sqlite": "DROP VIEW IF EXISTS {}", "mssql": "DROP VIEW IF EXISTS tidegate.{}"}


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
