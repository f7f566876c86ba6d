"""Column types that mean the same on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, String, Unicode
from sqlalchemy import text as sql_text
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeEngine

NOW_DIGITS = 6
"""Fractional digits of every instant; SQLite keeps them as text of fixed width."""


def big_id() -> TypeEngine[int]:
    """A 64-bit identity; SQLite autoincrements only what is spelled INTEGER."""
    return BigInteger().with_variant(Integer(), "sqlite")


def identity() -> Column[int]:
    """The clustered key of a table; it never leaves the database."""
    return Column("id", big_id(), Identity(), primary_key=True)


def instant() -> TypeEngine[str]:
    """UTC, to the microsecond: DATETIME2(6), or `YYYY-MM-DD HH:MM:SS.ffffff`."""
    return String(26).with_variant(mssql.DATETIME2(NOW_DIGITS), "mssql")  # type: ignore[no-untyped-call]


def digest() -> TypeEngine[bytes]:
    """SHA-256, for identity: no collation can make two of them equal."""
    return LargeBinary(32).with_variant(mssql.BINARY(32), "mssql")


def public_id() -> TypeEngine[str]:
    """A UUID, for people and callers."""
    return String(36).with_variant(mssql.UNIQUEIDENTIFIER(), "mssql")


def text(length: int) -> TypeEngine[str]:
    """Words for people."""
    return Unicode(length)


def code(length: int) -> TypeEngine[str]:
    """ASCII: a name of ours."""
    return String(length)


def long_text() -> TypeEngine[str]:
    """Text of any length."""
    return Unicode().with_variant(mssql.NVARCHAR(None), "mssql")


def blob() -> TypeEngine[bytes]:
    """Bytes of any length."""
    return LargeBinary().with_variant(mssql.VARBINARY(None), "mssql")  # type: ignore[no-untyped-call]


def small() -> TypeEngine[int]:
    """A small number: a state, a flag, a priority."""
    return Integer().with_variant(mssql.SMALLINT(), "mssql")


def only_where(condition: str) -> dict[str, Any]:
    """The options that make an index a filtered one; its states stand as literals."""
    return {"mssql_where": sql_text(condition), "sqlite_where": sql_text(condition)}
