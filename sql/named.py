"""Named statements: one `.sql` file per purpose and dialect, read once.

A SQLite file is parted by directive lines; each part is one statement of the transaction:

    -- :fence            must return a row, else the term is over and all is rolled back
    -- :do               runs once with the scalars of the document
    -- :each LIST        runs for every row of LIST
    -- :each LIST all    likewise, and every row must hit exactly one row of the table
    -- :rows NAME        its rows are returned under NAME

A SQL Server file is one batch. It takes `@doc` (JSON) and `@blob`; its result sets are named, in
order, by one line `-- :rows NAME NAME …`. Where a result set named `fence` comes back without a
row, the term is over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_DIRECTIVE = re.compile(r"^-- :(fence|do|each|rows)\b[ ]*(.*)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of a SQLite script."""

    verb: str
    argument: str
    exact: bool
    sql: str


def _read(name: str, dialect: str) -> str:
    return files("sql").joinpath("statements", *f"{name}.{dialect}.sql".split("/")).read_text()


@cache
def parts(name: str) -> tuple[Part, ...]:
    """The statements of the SQLite script `name`."""
    found: list[Part] = []
    lines: list[str] = []
    head: tuple[str, str] | None = None
    for line in [*_read(name, "sqlite").splitlines(), "-- :do"]:
        match = _DIRECTIVE.match(line)
        if match is None:
            lines.append(line)
            continue
        if head is not None:
            found.append(_part(head, "\n".join(lines)))
        head, lines = (match[1], match[2].strip()), []
    return tuple(found)


def _part(head: tuple[str, str], sql: str) -> Part:
    words = head[1].split()
    return Part(head[0], words[0] if words else "", words[1:] == ["all"], sql.strip().rstrip(";"))


@cache
def batch(name: str) -> tuple[str, tuple[str, ...]]:
    """The SQL Server batch `name` and the names of its result sets."""
    sql = _read(name, "mssql")
    names = next(
        (m[2].split() for m in map(_DIRECTIVE.match, sql.splitlines()) if m and m[1] == "rows"), []
    )
    return sql, tuple(names)
