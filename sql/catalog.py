"""What the database says its tables look like, and what they should look like.

It asks the databases' own catalogs instead of SQLAlchemy's reflection, which the TDS test server
answers wrongly. Index names are not compared there either: that server mangles them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from sql.tables import SCHEMA, metadata

_COLUMNS = {
    "sqlite": """
        SELECT m.name, p.name, p.type, NULL, NULL,
               CASE WHEN p."notnull" = 1 THEN 'NO' ELSE 'YES' END
        FROM sqlite_master m JOIN pragma_table_info(m.name) p
        WHERE m.type IN ('table', 'view') ORDER BY m.name, p.cid
    """,
    "mssql": """
        SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, DATETIME_PRECISION,
               IS_NULLABLE
        FROM INFORMATION_SCHEMA.COLUMNS
        WHERE TABLE_SCHEMA = N'tidegate' ORDER BY TABLE_NAME, ORDINAL_POSITION
    """,
}
_INDEXES = {
    "sqlite": """
        SELECT m.name, l.name, l."unique", i.name
        FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
        WHERE m.type = 'table' AND l.origin = 'c' ORDER BY m.name, l.name, i.seqno
    """,
    "mssql": """
        SELECT t.name, i.name, i.is_unique, c.name
        FROM sys.tables t
        JOIN sys.indexes i ON i.object_id = t.object_id
        JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id
        JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
        WHERE t.schema_id = SCHEMA_ID(N'tidegate') AND i.is_primary_key = 0
          AND k.key_ordinal > 0
        ORDER BY t.name, i.name, k.key_ordinal
    """,
}
_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
    "mssql": "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = N'tidegate'",
}
_SPELLED = {"integer": "int"}
_SIZED = {"varchar", "nvarchar", "binary", "varbinary"}


@dataclass
class Shape:
    """A table's columns as `name: (type, nullable)`, and its indexes as `(unique, columns)`."""

    columns: dict[str, tuple[str, bool]] = field(default_factory=dict)
    indexes: Counter[tuple[bool, tuple[str, ...]]] = field(default_factory=Counter)


def names(connection: Connection) -> set[str]:
    """The tables and views of the schema."""
    return {name for (name,) in _rows(connection, _NAMES[connection.dialect.name])}


def found_shapes(connection: Connection) -> dict[str, Shape]:
    """Every table and view of the schema, as the database has it."""
    dialect = connection.dialect.name
    shapes: dict[str, Shape] = {}
    for table, column, kind, size, digits, nullable in _rows(connection, _COLUMNS[dialect]):
        shape = shapes.setdefault(table, Shape())
        shape.columns[column] = (_type(kind, size, digits), nullable == "YES")
    parts: dict[tuple[str, str, bool], list[str]] = {}
    for table, index, unique, column in _rows(connection, _INDEXES[dialect]):
        parts.setdefault((table, index, bool(unique)), []).append(column)
    for (table, _, unique), columns in parts.items():
        shapes[table].indexes[unique, tuple(columns)] += 1
    return shapes


def wanted_shapes(connection: Connection) -> dict[str, Shape]:
    """Every table as this program defines it, in the words of the connection's dialect."""
    return {table.name: _shape(table, connection) for table in metadata.tables.values()}


def differences(connection: Connection) -> list[str]:
    """What the database lacks or has otherwise than this program; its extras are its own affair."""
    found = found_shapes(connection)
    wrong: list[str] = []
    for name, wanted in wanted_shapes(connection).items():
        if name not in found:
            wrong.append(f"table {name} is missing")
            continue
        wrong += _columns_amiss(name, wanted, found[name])
        for unique, columns in wanted.indexes - found[name].indexes:
            kind = "unique index" if unique else "index"
            wrong.append(f"{name}: the {kind} on ({', '.join(columns)}) is missing")
    return wrong


def schema_of(connection: Connection) -> str | None:
    """The name of our schema there; None on SQLite."""
    return SCHEMA if connection.dialect.name == "mssql" else None


def _columns_amiss(name: str, wanted: Shape, found: Shape) -> Iterable[str]:
    for column, (kind, nullable) in wanted.columns.items():
        if column not in found.columns:
            yield f"{name}.{column} is missing"
            continue
        if (kind, nullable) != found.columns[column]:
            is_kind, is_nullable = found.columns[column]
            yield (
                f"{name}.{column} is {_words(is_kind, is_nullable)}, "
                f"and should be {_words(kind, nullable)}"
            )


def _shape(table: Table, connection: Connection) -> Shape:
    shape = Shape()
    for column in table.columns:
        kind = column.type.compile(connection.dialect).lower()
        shape.columns[column.name] = (_SPELLED.get(kind, kind), bool(column.nullable))
    for index in table.indexes:
        shape.indexes[bool(index.unique), tuple(c.name for c in index.columns)] += 1
    return shape


def _rows(connection: Connection, statement: str) -> Iterable[Any]:
    return connection.exec_driver_sql(statement)


def _type(kind: str, size: int | None, digits: int | None) -> str:
    kind = _SPELLED.get(kind.lower(), kind.lower())
    if kind in _SIZED and size is not None:
        return f"{kind}({'max' if size == -1 else size})"
    return f"{kind}({digits})" if kind == "datetime2" else kind


def _words(kind: str, nullable: bool) -> str:
    return f"{kind} {'NULL' if nullable else 'NOT NULL'}"
