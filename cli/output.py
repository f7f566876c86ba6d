"""What commands print: data on stdout in one of four forms, words for people on stderr.

A table shows what a person looks for; the other forms hold everything.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WIDTH_OF_A_PIPE = 1000


class Format(StrEnum):
    """The forms of `-o`."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def wipe() -> None:
    """Begin on an empty screen, where there is a screen."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[2J\x1b[H")


def say(line: str) -> None:
    """Words for the person at the terminal; data alone goes to stdout."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def tell(words: object, next_step: str = "") -> None:
    """Tell that person what is the matter, and what to do about it."""
    say(f"tidegate: {words}")
    if next_step:
        say(f"  next: {next_step}")


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], form: Format) -> None:
    """Print a list.

    Args:
        rows: all that is known.
        columns: what the table shows: its heading for each field.
        form: how.
    """
    if form is Format.table:
        _table(rows, columns)
    elif form is Format.csv:
        _csv(rows, columns)
    elif form is Format.jsonl:
        for row in rows:
            _line(json.dumps(row, ensure_ascii=False))
    else:
        _line(json.dumps(list(rows), ensure_ascii=False, indent=2))


def show_document(
    document: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    form: Format,
) -> None:
    """Print one thing for a program: whole as JSON, its `rows` as CSV."""
    if form is Format.csv:
        _csv(rows, columns)
    else:
        indent = 2 if form is Format.json else None
        _line(json.dumps(document, ensure_ascii=False, indent=indent))


def show_one(
    document: Mapping[str, Any], form: Format, pairs: Mapping[str, object] | None = None
) -> None:
    """Print one thing.

    Args:
        document: all that is known.
        form: how.
        pairs: what a person looks for; unset: all that is known.
    """
    if form is Format.table:
        show_pairs(known(document) if pairs is None else pairs)
    else:
        show_document(document, [document], {}, form)


def known(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Without the names of which nothing is known."""
    return {name: value for name, value in pairs.items() if value is not None}


def show_pairs(pairs: Mapping[str, object]) -> None:
    """Print one thing for a person: a name and a value a line."""
    wide = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        _line(f"{name:<{wide}}  {plain(value)}")


def plain(value: object) -> str:
    """Text that is safe on a terminal: what a sender wrote cannot drive it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, heading in columns.items():
        numbers = all(isinstance(row.get(name), int | float | None) for row in rows)
        # An id that is broken over two lines cannot be copied.
        table.add_column(
            heading, justify="right" if numbers else "left", no_wrap=name.endswith("id")
        )
    for row in rows:
        table.add_row(*(Text(plain(row.get(name))) for name in columns))
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    Console(file=sys.stdout, width=width).print(table)


def _csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    # Where there is no row, the table's columns make the head.
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(columns)
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
