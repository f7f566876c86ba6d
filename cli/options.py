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
Output: TypeAlias = Annotated[
    Format,
    typer.Option(
        "--output", "-o", help="table, json, jsonl, csv; but for the table they are complete."
    ),
]
