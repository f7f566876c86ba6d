"""`tidegate dead-letters`: what died, why, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from cli import exits, letter_lists, letter_notes
from cli.asking import NoWait, Wish, Yes, asking, confirmed
from cli.filtering import filtered, must_narrow
from cli.letter_lists import event_id, nothing
from cli.options import Dir, Output
from cli.output import Format, say, show_document, show_pairs

if TYPE_CHECKING:
    from sql.filters import Filter

app = typer.Typer(help="Dead letters: find them, and decide about them.", no_args_is_help=True)
app.command("summary")(letter_lists.summary)
app.command("groups")(letter_lists.groups)
app.command("list")(letter_lists.list_letters)
app.command("show")(letter_lists.show)
app.command("export")(letter_lists.export)
app.command("note")(letter_notes.note)
app.command("assign")(letter_notes.assign)

COLUMNS = {"matched": "matched", "changed": "changed", "skipped": "skipped", "why": "why"}
_QUESTIONS = {
    "replay": "Send this event again?",
    "skip": "Leave it dead, and let its key go on?",
    "discard": "Close it for good, and let its key go on?",
}

Event: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="ID", help="A dead event's id; without it, a filter.")
]
Why: TypeAlias = Annotated[
    str, typer.Option("--reason", help="Why, for the record.", show_default=False)
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be acted on, and end.")
]
Rate: TypeAlias = Annotated[
    int | None, typer.Option("--rate", min=1, help="Letters a second, at most.")
]
Ramp: TypeAlias = Annotated[
    str | None, typer.Option("--ramp", metavar="1,5,20", help="First so many, then so many, …")
]
StopAt: TypeAlias = Annotated[
    int | None,
    typer.Option("--stop-at-error-rate", min=1, max=100, help="Percent that may fail again."),
]


@app.command("replay")
@filtered(letters=True)
def replay(
    flt: Filter,
    event: Event = None,
    reason: Why = "",
    out_of_order: Annotated[
        bool, typer.Option("--out-of-order", help="Even where a newer one was applied since.")
    ] = False,
    everything: bool = False,
    dry_run: DryRun = False,
    rate: Rate = None,
    ramp: Ramp = None,
    stop_at: StopAt = None,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Send events again, each at its own place in the order of its key."""
    if event is not None and (rate or ramp or stop_at):
        raise typer.BadParameter("one letter has no --rate, --ramp or --stop-at-error-rate")
    asked = {"out_of_order": True} if out_of_order else {}
    how = {"every": everything, "dry_run": dry_run, "yes": yes, "no_wait": no_wait}
    paced = {"rate": rate, "ramp": ramp, "stop_at": stop_at, "reason": reason}
    _ask("replay", event, flt, asked, how | paced, directory, output)


@app.command("skip")
@filtered(letters=True)
def skip(
    flt: Filter,
    event: Event = None,
    reason: Why = "",
    everything: bool = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Leave letters dead, and let their keys go on."""
    how = {"every": everything, "dry_run": dry_run, "yes": yes, "no_wait": no_wait}
    _ask("skip", event, flt, {}, how | {"reason": reason}, directory, output)


@app.command("discard")
@filtered(letters=True)
def discard(
    flt: Filter,
    event: Event = None,
    reason: Why = "",
    everything: bool = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Close events for good, and let their keys go on."""
    how = {"every": everything, "dry_run": dry_run, "yes": yes, "no_wait": no_wait}
    _ask("discard", event, flt, {}, how | {"reason": reason}, directory, output)


@app.command("resolve")
@filtered(letters=True)
def resolve(
    flt: Filter,
    event: Event = None,
    reason: Why = "",
    applied: Annotated[
        bool | None,
        typer.Option("--applied/--not-applied", help="What the far side shows: was it done?"),
    ] = None,
    everything: bool = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Say whether events of unknown outcome took effect."""
    if applied is None:
        raise typer.BadParameter("say which", param_hint="--applied or --not-applied")
    how = {"every": everything, "dry_run": dry_run, "yes": yes, "no_wait": no_wait}
    _ask("resolve", event, flt, {"applied": applied}, how | {"reason": reason}, directory, output)


def _ask(
    verb: str,
    event: str | None,
    flt: Filter,
    asked: dict[str, Any],
    how: dict[str, Any],
    directory: Dir,
    output: Format,
) -> None:
    """About one letter by its id, or about all that a filter finds."""
    if not how["reason"].strip() and not how["dry_run"]:
        raise typer.BadParameter("say why", param_hint="--reason")
    if event is None:
        must_narrow(flt, everything=how["every"])
    elif how["every"] or not flt.empty:
        raise typer.BadParameter("an ID says which one: leave out --all and the filter")
    if event is None or how["dry_run"]:
        _ask_of_many(verb, event, flt, asked, how, directory, output)
        return
    wish = Wish(verb, how["reason"], asked, event_id(event))
    question = _QUESTIONS.get(verb) or _settling(applied=asked["applied"])
    _decide(wish, question, how["yes"], how["no_wait"], directory, output)


def _ask_of_many(
    verb: str,
    event: str | None,
    flt: Filter,
    asked: dict[str, object],
    how: dict[str, Any],
    directory: Dir,
    output: Format,
) -> None:
    from cli import bulk
    from sql.filters import Filter

    bulk.run(
        verb,
        flt if event is None else Filter(ids=(event_id(event),)),
        reason=how["reason"],
        yes=how["yes"],
        dry_run=how["dry_run"],
        rate=how.get("rate"),
        ramp=how.get("ramp"),
        stop_at=how.get("stop_at"),
        no_wait=how["no_wait"],
        directory=directory,
        output=output,
        extra=asked,
    )


def _settling(*, applied: bool) -> str:
    return f"Settle it as {'applied' if applied else 'not applied'}?"


def _decide(
    wish: Wish, question: str, yes: bool, no_wait: bool, directory: Dir, output: Format
) -> None:
    from ops.letters import Letters

    event = str(wish.event)
    with asking(directory) as (db, asker):
        letter = Letters(db).show(event)
        if letter is None:
            raise nothing(f"there is no dead letter of {event}", "tidegate dead-letters list")
        if letter["settled"]:
            raise _settled(wish.verb, letter["settled"], output)
        more = "+" if letter["behind_capped"] else ""
        say(
            f"{letter['entity']} {letter['entity_id'] or 'without an id'}: {letter['reason']}, "
            f"{letter['error_class']}; 1 event, {letter['behind']}{more} behind it"
        )
        confirmed(question, yes=yes)
        try:
            asker.ask(wish, output, wait=not no_wait)
        except typer.Exit as ended:
            if ended.exit_code == exits.PARTLY:
                _tell_who_was_faster(Letters(db).show(event))
            raise


def _settled(verb: str, how: dict[str, Any], output: Format) -> typer.Exit:
    """Nothing is asked where somebody has decided already; they are named."""
    why = _in_words(how)
    report = {"request_id": None, "verb": verb, "state": "done", "matched": 1, "changed": 0}
    report |= {"skipped": 1, "why": why}
    if output is Format.table:
        show_pairs({name: value for name, value in report.items() if value is not None})
    else:
        show_document(report, [report], COLUMNS, output)
    say(f"tidegate: nothing was changed: {why}")
    return typer.Exit(exits.PARTLY)


def _tell_who_was_faster(letter: dict[str, Any] | None) -> None:
    if letter is not None and letter["settled"]:
        say(f"tidegate: {_in_words(letter['settled'])}")


def _in_words(how: dict[str, Any]) -> str:
    by = f" by {how['by']}" if how["by"] else ""
    at = f" at {how['at']}" if how["at"] else ""
    return f"the letter was {how['state']}{by}{at}"
