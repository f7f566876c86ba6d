"""`tidegate dead-letters edit-replay`: change what a dead letter says, and send that instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.asking import Asker, NoWait, Reason, Yes, confirmed, said
from cli.files import as_json, read_file
from cli.options import Dir, Output, event_id
from cli.output import Format, plain, say, tell

if TYPE_CHECKING:
    from cli.context import Context
    from ops.edits import Draft
    from sql.database import Database
    from tidegate.canon import Json


def edit_replay(
    event: Annotated[str, typer.Argument(metavar="ID", help="The dead event's id.")],
    reason: Reason,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="/POINTER=VALUE", help="A value of the record; JSON or text."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="The whole new record, as JSON.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show and check the difference alone.")
    ] = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Change a dead letter's record and send it as a new event, in the old one's place."""
    from cli.reading import acting
    from cli.who import at_terminal
    from ops import edits

    if not sets and file is None:
        raise typer.BadParameter("say what to change", param_hint="--set or --file")
    with acting(directory) as (context, db), said():
        made = _draft(context, db, event, sets or [], file)
        _tell(made)
        if made.problems:
            raise typer.Exit(exits.PROBLEM)
        if dry_run:
            return
        confirmed("Send this instead?", yes=yes)
        asked = edits.ask(db, context.ids, at_terminal(), made, reason)
        Asker(context, db).answered(asked, output, wait=not no_wait)


def _draft(context: Context, db: Database, event: str, sets: list[str], file: Path | None) -> Draft:
    from cli.context import config_file
    from erp.mapping import Mapper
    from ops import edits

    mapper = Mapper(context.config, config_file(context.settings))
    values = [_parted(each) for each in sets]
    record = None if file is None else as_json(read_file(file, "--file"), file, "--file")
    try:
        return edits.draft(db, context.config, mapper, event_id(event), values, record)
    except edits.Settled as error:
        tell(error)
        raise typer.Exit(exits.PARTLY) from None


def _parted(text: str) -> tuple[str, Json]:
    from ops.edits import parsed

    pointer, found, value = text.partition("=")
    if not found or not pointer.startswith("/"):
        raise typer.BadParameter(f"{text!r} is not /pointer=value", param_hint="--set")
    return pointer, parsed(value)


def _tell(made: Draft) -> None:
    for pointer, (old, new) in made.changed.items():
        say(f"  {pointer}")
        say(f"    - {_shown(old)}")
        say(f"    + {_shown(new)}")
    for problem in made.problems:
        tell(problem)


def _shown(value: Any) -> str:
    from tidegate.canon import text

    return plain(text(value))
