"""The T-SQL script that a reviewer reads and a DBA runs on an empty database.

`python -m sql.dump` writes it to `sql/schema/mssql.sql`, and its roles to `sql/roles.sql`;
`--check` says whether both are in step.
What it makes is what `tidegate db upgrade` makes; an upgrade after it finds nothing to do.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnClause,
    Index,
    MetaData,
    String,
    Table,
    func,
    insert,
    literal_column,
)
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateColumn, CreateIndex
from sqlalchemy.sql import ClauseElement

from sql.grants import roles_script
from sql.procedures import procedure_batches
from sql.steps import VERSION_TABLE, all_steps
from sql.tables import SCHEMA, SCHEMA_NO, metadata
from sql.tables.audit import seal
from sql.tables.system import leader, schema_version
from sql.views import VIEWS, view_sql
from tidegate import __version__

SCRIPT = Path(__file__).parent / "schema" / "mssql.sql"
ROLES = Path(__file__).parent / "roles.sql"
_DIALECT = mssql.dialect()  # type: ignore[no-untyped-call]
_HEAD = """\
-- Tidegate's schema for SQL Server 2016 and newer (compatibility level 130 or higher).
-- Written by `python -m sql.dump` from sql/tables, sql/views and sql/procedures; edit those.
-- For an empty database; what is there already is left as it is. Run it with sqlcmd -b.
-- The options that filtered indexes ask of every session that writes to their tables:
SET ANSI_NULLS ON;
SET ANSI_PADDING ON;
SET ANSI_WARNINGS ON;
SET ARITHABORT ON;
SET CONCAT_NULL_YIELDS_NULL ON;
SET QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET NOCOUNT ON;
SET XACT_ABORT ON;"""
_SCHEMA = f"IF SCHEMA_ID(N'{SCHEMA}') IS NULL EXEC(N'CREATE SCHEMA {SCHEMA}');"
_GUARD = "IF OBJECT_ID(N'{table}', N'U') IS NULL\nBEGIN\n{body}\nEND;"
_DROP_VIEW = "IF OBJECT_ID(N'{view}', N'V') IS NOT NULL DROP VIEW {view};"
_ONCE = "IF NOT EXISTS (SELECT 1 FROM {table})\nBEGIN\n{body}\nEND;"
_LEADERS = ("sync", "relay")
_VERSIONS = Table(
    VERSION_TABLE,
    MetaData(schema=SCHEMA),
    Column("version_num", String(32), primary_key=True, comment="the last migration applied"),
)
_ZERO: ColumnClause[bytes] = literal_column("0x" + "00" * 32)


def schema_script() -> str:
    """The whole script, batches parted by GO."""
    return "".join(f"{batch}\nGO\n" for batch in _batches())


def batches(script: str) -> list[str]:
    """A script's batches, as sqlcmd would send them."""
    return [part.strip() for part in re.split(r"(?m)^GO$", script) if part.strip()]


def _batches() -> Iterator[str]:
    yield _HEAD
    yield _SCHEMA
    for table in metadata.sorted_tables:
        yield _guarded(table)
    yield _guarded(_VERSIONS)
    yield from _genesis()
    for name in VIEWS:
        yield _DROP_VIEW.format(view=f"{SCHEMA}.{name}")
        yield view_sql(name, "mssql").strip() + ";"
    yield from procedure_batches()


def _guarded(table: Table) -> str:
    lines = [f"CREATE TABLE {table.fullname} ("]
    lines += [_column(column) for column in table.columns]
    keys = ", ".join(column.name for column in table.primary_key.columns)
    lines += [f"    PRIMARY KEY CLUSTERED ({keys})", ");"]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    body = "\n".join([*lines, *map(_index, indexes)])
    return _GUARD.format(table=table.fullname, body=body)


def _column(column: Column[Any]) -> str:
    line = f"    {_compiled(CreateColumn(column))},"
    return f"{line} -- {column.comment}" if column.comment else line


def _index(index: Index) -> str:
    return f"{_compiled(CreateIndex(index))};"


def _compiled(element: ClauseElement) -> str:
    literal = {"literal_binds": True}
    return str(element.compile(dialect=_DIALECT, compile_kwargs=literal)).strip()


def _genesis() -> Iterator[str]:
    now = func.sysutcdatetime()
    term = {"epoch": 0, "token": "", "beat": 0, "beat_at": now, "schema_no": SCHEMA_NO}
    newest = all_steps()[-1]
    yield _once(_VERSIONS, {"version_num": newest.revision})
    yield _once(leader, *({"name": n, **term, "holder": "", "since": now} for n in _LEADERS))
    start = {"seq": 0, "epoch": 0, "kind": "genesis", "ids": "", "rows_hash": _ZERO, "hash": _ZERO}
    yield _once(seal, {**start, "at": now})
    numbers = {"id": 1, "schema_no": SCHEMA_NO, "oldest_reader": newest.oldest_reader}
    yield _once(schema_version, {**numbers, "version": __version__, "applied_at": now})


def _once(table: Table, *rows: dict[str, Any]) -> str:
    inserts = "\n".join(f"{_compiled(insert(table).values(row))};" for row in rows)
    return _ONCE.format(table=table.fullname, body=inserts)


def main(arguments: list[str] | None = None) -> int:
    """Write script and roles, or with `--check` print where they differ; 1 where they do."""
    parser = argparse.ArgumentParser(prog="python -m sql.dump", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args(arguments).check
    # The roles first: the script holds them.
    stale = _out_of_step(ROLES, roles_script(), check)
    return int(_out_of_step(SCRIPT, schema_script(), check) or stale)


def _out_of_step(path: Path, wanted: str, check: bool) -> bool:
    if not check:
        path.write_text(wanted, encoding="utf-8")
        return False
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(
        found.splitlines(True), wanted.splitlines(True), path.name, "python -m sql.dump"
    )
    sys.stdout.writelines(lines)
    return found != wanted


if __name__ == "__main__":
    sys.exit(main())
