"""Named statements: one `.sql` file per purpose and dialect, read once.

A SQLite file is parted by directive lines; each part is one statement of the transaction:

    -- :fence            must return a row, else the term is over and all is rolled back
    -- :do               runs once with the scalars of the document
    -- :each LIST        runs for every row of LIST
    -- :each LIST all    likewise, and every row must change exactly one row of the table
    -- :rows NAME        its rows are returned under NAME
    -- :rows NAME if LIST    likewise; it runs only where LIST has something in it
    -- :optional NAME …  NULL where the document or a row leaves it out, as on SQL Server

Where all of a row that an `each` needs stands in one `VALUES (…)`, that tuple is repeated and many
rows are one statement (`sql.many`): with `WITH v (…) AS (VALUES (…))` so are moves and ends.

A SQL Server file is one batch. It takes `@doc` (JSON) and `@blob`; its result sets are named, in
order, by one line `-- :rows NAME NAME …`. Where a result set named `fence` comes back without a
row, the term is over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_DIRECTIVE = re.compile(r"^-- :(fence|do|each|rows|optional)\b[ ]*(.*)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of a SQLite script.

    `exact`: every row must hit one. `wants` names the list without which it does not run.
    """

    verb: str
    argument: str
    exact: bool
    sql: str
    wants: str = ""
    optional: Mapping[str, None] = field(default_factory=dict)


def _read(name: str, dialect: str) -> str:
    return files("sql").joinpath("statements", *f"{name}.{dialect}.sql".split("/")).read_text()


@cache
def parts(name: str) -> tuple[Part, ...]:
    """The statements of the SQLite script `name`."""
    found: list[Part] = []
    lines: list[str] = []
    optional: dict[str, None] = {}
    head: tuple[str, str] | None = None
    for line in [*_read(name, "sqlite").splitlines(), "-- :do"]:
        match = _DIRECTIVE.match(line)
        if match is None:
            lines.append(line)
        elif match[1] == "optional":
            optional |= dict.fromkeys(match[2].split())
        else:
            if head is not None:
                found.append(_part(head, "\n".join(lines), optional))
            head, lines = (match[1], match[2].strip()), []
    return tuple(found)


def _part(head: tuple[str, str], sql: str, optional: Mapping[str, None]) -> Part:
    name, how, wants = [*head[1].split(), "", "", ""][:3]
    return Part(head[0], name, how == "all", sql.strip().rstrip(";"), wants, optional)


@cache
def batch(name: str) -> tuple[str, tuple[str, ...]]:
    """The SQL Server batch `name` and the names of its result sets."""
    sql = _read(name, "mssql")
    names = next(
        (m[2].split() for m in map(_DIRECTIVE.match, sql.splitlines()) if m and m[1] == "rows"), []
    )
    return sql, tuple(names)
