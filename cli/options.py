"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cli.output import Format

Dir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--dir", help="Folder of keys and, without DB_DSN, of the SQLite file."),
]
ConfigFile: TypeAlias = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="A tidegate.toml; unset: the one in force."),
]
Limit: TypeAlias = Annotated[
    int, typer.Option("--limit", "-n", min=1, max=10000, help="As many at most.")
]
After: TypeAlias = Annotated[
    str | None, typer.Option("--after", metavar="ID", help="Go on behind this event.")
]
Output: TypeAlias = Annotated[
    Format,
    typer.Option(
        "--output", "-o", help="table, json, jsonl, csv; but for the table they are complete."
    ),
]


def event_id(text: str, hint: str = "ID") -> str:
    """An event's id as it is kept. Raises `BadParameter`."""
    from sql.filters import as_uuid

    found = as_uuid(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no event's id", param_hint=hint)
    return found
