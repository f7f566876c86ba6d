"""What other programs and people may call on SQL Server, and who may: procedures and roles.

A procedure is altered, not dropped, so that what a DBA granted on it stays; a stub is made first
where it is new. SQLite has neither procedures nor roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from sqlalchemy import Connection

PROCEDURES = ("publish", "hold", "release", "replay", "skip", "discard")
_STUB = (
    "IF OBJECT_ID(N'tidegate.{name}', N'P') IS NULL\n"
    "    EXEC(N'CREATE PROCEDURE tidegate.{name} AS RETURN 0');"
)


def procedure_sql(name: str) -> str:
    """The statement that makes an existing procedure what it should be."""
    return files("sql.procedures").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def roles_sql() -> str:
    """Roles and their grants; they are made anew with the views, whose grants go with them."""
    return files("sql").joinpath("roles.sql").read_text(encoding="utf-8")


def procedure_batches() -> Iterator[str]:
    """All of it, a batch at a time; for after the views."""
    for name in PROCEDURES:
        yield _STUB.format(name=name)
        yield procedure_sql(name).strip()
    yield roles_sql().strip()


def create_procedures(connection: Connection) -> None:
    """Bring procedures and roles up to date, on SQL Server."""
    if connection.dialect.name == "mssql":
        for batch in procedure_batches():
            connection.exec_driver_sql(batch)
