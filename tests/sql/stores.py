"""What tests do to a store beside its scripts: make it, empty it, look at every row of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from sql import standin
from sql.tables import SCHEMA_NO, metadata
from sql.tables.audit import seal
from sql.tables.system import leader, schema_version

START = "2026-11-21 08:00:00.000000"
_NOBODY = {"epoch": 0, "token": "", "beat": 0, "beat_at": START, "holder": ""}
_VERSION = {"id": 1, "oldest_reader": 1, "version": "0", "applied_at": START}


class Stored(Protocol):
    """A `Database`, or an engine."""

    @property
    def engine(self) -> Engine: ...


def created(db: Stored) -> None:
    """Make the tables, as the programs define them."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "mssql":
            connection.exec_driver_sql("CREATE SCHEMA tidegate")
    with db.engine.begin() as connection:
        metadata.create_all(connection)


def emptied(db: Stored) -> None:
    """No rows but those of a new installation, and identities from 1."""
    with db.engine.begin() as connection:
        for table in metadata.tables.values():
            _empty(connection, table.name)
        connection.execute(
            leader.insert(),
            [
                _NOBODY | {"schema_no": SCHEMA_NO, "name": name, "since": START}
                for name in ("sync", "relay")
            ],
        )
        link = {"seq": 0, "epoch": 0, "kind": "genesis", "ids": "", "at": START}
        connection.execute(seal.insert(), [link | {"rows_hash": bytes(32), "hash": bytes(32)}])
        connection.execute(schema_version.insert(), [_VERSION | {"schema_no": SCHEMA_NO}])


def every_row(db: Stored) -> dict[str, list[dict[str, Any]]]:
    """All tables, in the words of SQLite."""
    with db.engine.connect() as connection:
        return {
            table.name: [
                {name: _plain(value) for name, value in row.items()}
                for row in connection.execute(
                    select(table).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in metadata.tables.values()
        }


def _empty(connection: Connection, name: str) -> None:
    if connection.dialect.name == "mssql":
        connection.exec_driver_sql(f"TRUNCATE TABLE tidegate.{name}")
    else:
        connection.exec_driver_sql(f"DELETE FROM {name}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, str):
        return value.translate(standin.BACK)
    return str(value) if isinstance(value, UUID) else value
