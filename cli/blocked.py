"""`tidegate blocked`: which order keys stand still, and why; hold one, or let it go on."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import exits
from cli.asking import NoWait, Reason, Wish, Yes, asking, confirmed
from cli.options import Dir, Limit, Output
from cli.output import Format, show_rows

app = typer.Typer(help="Order keys that stand still: find, hold, release.", no_args_is_help=True)

COLUMNS = {
    "key": "key",
    "by": "blocked by",
    "event_id": "event",
    "behind": "behind",
    "since": "since",
    "why": "why",
}

Key = Annotated[
    str, typer.Argument(metavar="KEY", help="An order key, or the id of an event that has it.")
]


@app.command("list")
def list_blocked(
    limit: Limit = 50,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List the order keys that do not go on, those blocked longest first."""
    from cli.reading import reading
    from ops.blocked import told

    with reading(directory) as reader:
        found = reader.read("requests/blocked", n=limit)["keys"]
    show_rows([told(row) for row in found], COLUMNS, output)
    if not found:
        raise exits.nothing("no key is blocked")


@app.command("hold")
def hold(
    key: Key,
    reason: Reason,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Let no further event of a key run until it is released."""
    _mark("hold", "Hold", key, reason, yes, no_wait, directory, output)


@app.command("release")
def release(
    key: Key,
    reason: Reason,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Let a key that an operator holds go on."""
    _mark("release", "Release", key, reason, yes, no_wait, directory, output)


def _mark(
    verb: str,
    word: str,
    wanted: str,
    reason: str,
    yes: bool,
    no_wait: bool,
    directory: Dir,
    output: Format,
) -> None:
    from ops.blocked import find_keys

    with asking(directory) as (db, asker):
        found = find_keys(db, wanted)
        if not found:
            where = "tidegate dead-letters show ID names an event's key; or give its id"
            raise exits.nothing(f"there is no order key {wanted}", where)
        if len(found) > 1:
            raise typer.BadParameter(
                "several keys go by that; give an event's id", param_hint="KEY"
            )
        key = found[0]
        confirmed(f"{word} {key['text']}?", yes=yes)
        asker.ask(Wish(verb, reason, {"key_id": key["id"]}), output, wait=not no_wait)
