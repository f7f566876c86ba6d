"""`tidegate dead-letters`: what died, why, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from cli import exits
from cli.asking import NoWait, Reason, Wish, Yes, asking, confirmed
from cli.options import Dir, Output
from cli.output import Format, say, show_document, show_pairs, show_rows

app = typer.Typer(help="Dead letters: find them, and decide about them.", no_args_is_help=True)

COLUMNS = {
    "event_id": "event",
    "reason": "reason",
    "error_class": "error",
    "entity": "entity",
    "entity_id": "id",
    "born_at": "since",
    "attempts": "attempts",
    "holds": "blocks",
    "message": "message",
}
ASKED_COLUMNS = {
    "at": "at",
    "verb": "verb",
    "actor": "actor",
    "reason": "reason",
    "state": "state",
    "changed": "changed",
}
_QUESTIONS = {
    "replay": "Send this event again?",
    "skip": "Leave it dead, and let its key go on?",
    "discard": "Close it for good, and let its key go on?",
}

Event = Annotated[str, typer.Argument(metavar="ID", help="The dead event's id.")]


@app.command("list")
def list_letters(
    reason: Annotated[
        str | None, typer.Option(help="rejected, exhausted, too_old, unknown, quarantined, …")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="What they speak of: products, …")] = None,
    error_class: Annotated[str | None, typer.Option(help="The error that ended them.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=10000, help="As many at most.")
    ] = 50,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List open dead letters, the newest first."""
    from cli.reading import reading

    wanted = {"reason": reason, "entity": entity, "error_class": error_class, "n": limit}
    with reading(directory) as reader:
        found = reader.read("letters/list", **wanted)["letters"]
    show_rows([_told(row) for row in found], COLUMNS, output)
    if not found:
        raise _nothing("no open dead letter matches")


@app.command("show")
def show(event: Event, directory: Dir = None, output: Output = Format.table) -> None:
    """Show a letter, and what was asked of it; `events show` tells the whole story."""
    from cli.reading import reading

    with reading(directory) as reader:
        found = reader.read("letters/show", uuid=_id(event))
    if not found["letter"]:
        raise _nothing(f"there is no dead letter of {event}")
    letter, asked = _told(found["letter"][0]), [_told(row) for row in found["requests"]]
    if output is not Format.table:
        show_document({**letter, "requests": asked}, [letter], COLUMNS, output)
        return
    show_pairs({name: value for name, value in letter.items() if value is not None})
    if asked:
        show_rows(asked, ASKED_COLUMNS, output)


@app.command("replay")
def replay(
    event: Event,
    reason: Reason,
    out_of_order: Annotated[
        bool, typer.Option("--out-of-order", help="Even where a newer one was applied since.")
    ] = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Send the same event again, at its own place in the order of its key."""
    wish = Wish("replay", reason, {"out_of_order": True} if out_of_order else {}, _id(event))
    _decide(wish, _QUESTIONS["replay"], yes, no_wait, directory, output)


@app.command("skip")
def skip(
    event: Event,
    reason: Reason,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Leave the letter dead, and let its key go on."""
    wish = Wish("skip", reason, {}, _id(event))
    _decide(wish, _QUESTIONS["skip"], yes, no_wait, directory, output)


@app.command("discard")
def discard(
    event: Event,
    reason: Reason,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Close the event for good, and let its key go on."""
    wish = Wish("discard", reason, {}, _id(event))
    _decide(wish, _QUESTIONS["discard"], yes, no_wait, directory, output)


@app.command("resolve")
def resolve(
    event: Event,
    reason: Reason,
    applied: Annotated[
        bool | None,
        typer.Option("--applied/--not-applied", help="What the far side shows: was it done?"),
    ] = None,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Say whether an event of unknown outcome took effect."""
    if applied is None:
        raise typer.BadParameter("say which", param_hint="--applied or --not-applied")
    word = "applied" if applied else "not applied"
    wish = Wish("resolve", reason, {"applied": applied}, _id(event))
    _decide(wish, f"Settle it as {word}?", yes, no_wait, directory, output)


def _decide(
    wish: Wish, question: str, yes: bool, no_wait: bool, directory: Dir, output: Format
) -> None:
    with asking(directory) as (db, asker):
        found = db.read("letters/show", {"uuid": wish.event})["letter"]
        if not found:
            raise _nothing(f"there is no dead letter of {wish.event}")
        letter = found[0]
        say(
            f"{letter['entity']} {letter['entity_text'] or ''}: {letter['reason']}, "
            f"{letter['error_class']}; 1 event"
        )
        confirmed(question, yes=yes)
        asker.ask(wish, output, wait=not no_wait)


def _id(text: str) -> str:
    try:
        return str(UUID(text.strip()))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no event's id", param_hint="ID") from error


_INSTANTS = frozenset({"born_at", "at", "ended_at"})
_NAMES = {"event_uuid": "event_id", "entity_text": "entity_id", "key_text": "key"}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    from ingest.reports import iso

    told = {_NAMES.get(n, n): iso(v) if n in _INSTANTS else v for n, v in row.items()}
    return told | ({"holds": bool(row["holds"])} if "holds" in row else {})


def _nothing(words: str) -> typer.Exit:
    say(f"tidegate: {words}")
    return typer.Exit(exits.NOTHING)
