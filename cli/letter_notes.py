"""`tidegate dead-letters note, assign`: what people say of letters, and who has them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from cli import exits
from cli.letter_lists import SHORT
from cli.options import Dir
from cli.output import plain, say

Target: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="A dead event's id, or a group's fingerprint.")
]


def note(
    target: Target,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What there is to say.")],
    directory: Dir = None,
) -> None:
    """Say something of a letter, or of a group of one cause; kept with who said it."""
    _keep(target, "note", text, directory)


def assign(
    target: Target,
    owner: Annotated[
        str | None, typer.Argument(metavar="OWNER", help="Who has it now; unset: you.")
    ] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Nobody has it any more.")] = False,
    directory: Dir = None,
) -> None:
    """Give a letter, or a group of one cause, to somebody."""
    from cli.who import at_terminal

    if nobody and owner is not None:
        raise typer.BadParameter("somebody, or nobody", param_hint="--nobody")
    mine = at_terminal().actor.removeprefix("cli:")
    _keep(target, "owner", "" if nobody else owner or mine, directory)


def _keep(target: str, kind: str, text: str, directory: Dir) -> None:
    from cli.reading import acting
    from cli.who import at_terminal
    from ops.letters import Letters
    from ops.noting import NoSuchLetter, WrongNote

    with acting(directory) as (context, db):
        letters = Letters(db, context.config.version)
        keep = letters.note if kind == "note" else letters.assign
        try:
            kept = keep(at_terminal(), target, text)
        except NoSuchLetter as error:
            raise exits.nothing(error) from None
        except WrongNote as error:
            raise typer.BadParameter(str(error), param_hint="TEXT") from None
    whose = f"the {kept['of']} {kept['event_id'] or kept['fingerprint'][:SHORT]}"
    say(plain(f"{whose}: {kept['note']}" if kind == "note" else f"{whose} has {_name(kept)}"))


def _name(kept: dict[str, str | None]) -> str:
    before = f", before {kept['before']}" if kept["before"] else ""
    return f"{kept['owner'] or 'nobody'}{before}"
