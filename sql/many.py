"""Many rows in one step of SQLite.

Python lets go of its global lock around every step of a statement, so a statement that runs once
for each row hands the interpreter over hundreds of times in a batch, and beside a busy event loop
waits for it as often. Where a statement has a tuple of values (`VALUES (:a, :b)`), the tuple is
repeated instead and one step takes a whole chunk of rows. The texts are constant: one for each
length of a chunk.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

CHUNKS = (64, 48, 32, 24, *range(16, 0, -1))
"""Rows in one step: any small number, since most batches are. 64 rows of 30 values stay far below
any build's limit of parameters."""

_VALUES = re.compile(r"\bVALUES\s*\(")
_NAME = re.compile(r":([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Repeated:
    """A statement for many rows: scalars first, then each row's values in the order of `names`."""

    sql: str
    scalars: tuple[str, ...]
    names: tuple[str, ...]


def run_many(
    connection: sqlite3.Connection,
    sql: str,
    rows: Sequence[Mapping[str, Any]],
    scalars: Mapping[str, Any],
) -> int:
    """Run `sql` for all `rows`; how many rows of the table were changed."""
    before = connection.total_changes
    own = tuple(rows[0])
    # Where rows leave out what others have, there is no one tuple for them all.
    if repeatable(sql, own) and all(len(row) == len(own) for row in rows):
        for size, chunk in _chunks(rows):
            nulls = _nulls(chunk)
            repeated = _repeated(sql, size, tuple([name for name in own if name not in nulls]))
            connection.execute(repeated.sql, _values(repeated, chunk, {**scalars, **nulls}))
    else:
        connection.executemany(sql, _merged(rows, scalars))
    return connection.total_changes - before


@cache
def repeatable(sql: str, own: tuple[str, ...]) -> bool:
    """Whether all that `sql` wants of a row, which holds `own`, stands in its tuple of values."""
    found = _VALUES.search(sql)
    if found is None:
        return False
    start, end = found.end() - 1, _closing(sql, found.end())
    beside = _NAME.findall(sql[:start] + sql[end:])
    return not set(own) & set(beside) and bool(set(own) & set(_NAME.findall(sql[start:end])))


def _nulls(rows: Sequence[Mapping[str, Any]]) -> dict[str, None]:
    """Names that no row has a value of, one name always left: one NULL stands for all of theirs.

    To bind a NULL takes `sqlite3` four times as long as a text.
    """
    first = rows[0]
    empty = [name for name, value in first.items() if value is None]
    found = [name for name in empty if [row[name] for row in rows].count(None) == len(rows)]
    return dict.fromkeys(found if len(found) < len(first) else found[1:])


def _chunks(
    rows: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[int, Sequence[Mapping[str, Any]]]]:
    at = 0
    while at < len(rows):
        size = next(size for size in CHUNKS if size <= len(rows) - at)
        yield size, rows[at : at + size]
        at += size


def _merged(
    rows: Sequence[Mapping[str, Any]], scalars: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {**scalars, **row}


def _values(
    repeated: Repeated, rows: Sequence[Mapping[str, Any]], scalars: Mapping[str, Any]
) -> list[Any]:
    names, given = repeated.names, [scalars[name] for name in repeated.scalars]
    if len(names) == 1:
        values = [row[names[0]] for row in rows]
    else:
        values = list(chain.from_iterable(map(itemgetter(*names), rows)))
    for at, value in enumerate(values[: len(names)]):
        if type(value) is bytes:
            # `sqlite3` asks every value but the plainest whether it had rather be another.
            own = values[at :: len(names)]
            values[at :: len(names)] = [bytearray(v) if type(v) is bytes else v for v in own]
    return given + values


@cache
def _repeated(sql: str, rows: int, own: tuple[str, ...]) -> Repeated:
    """`sql` with its tuple of values `rows` times; what `own` does not name is a scalar."""
    match = _VALUES.search(sql)
    if match is None:
        raise ValueError("there is no tuple of values")
    start, end = match.end() - 1, _closing(sql, match.end())
    all_names = dict.fromkeys(_NAME.findall(sql))
    names = tuple(name for name in all_names if name in own)
    scalars = tuple(name for name in all_names if name not in own)

    def numbered(text: str, row: int) -> str:
        places = {name: at for at, name in enumerate(scalars, 1)}
        first = len(scalars) + row * len(names) + 1
        places |= {name: at for at, name in enumerate(names, first)}
        return _NAME.sub(lambda name: f"?{places[name[1]]}", text)

    tuples = ", ".join(numbered(sql[start:end], row) for row in range(rows))
    return Repeated(numbered(sql[:start], 0) + tuples + numbered(sql[end:], 0), scalars, names)


def _closing(sql: str, at: int) -> int:
    """Behind the bracket that closes the one before `at`."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        at += 1
    return at
