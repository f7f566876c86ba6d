"""`tidegate dead-letters`: what died, why, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from cli import bulk, exits, letter_lists, letter_notes
from cli.asking import NoWait, Reason, Wish, Yes, asking, confirmed
from cli.bulk import How
from cli.filtering import filtered, must_narrow
from cli.options import Dir, Output, event_id
from cli.output import Format, say, show_one, tell

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

_QUESTIONS = {
    "replay": "Send this event again?",
    "skip": "Leave it dead, and let its key go on?",
    "discard": "Close it for good, and let its key go on?",
}

Event: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="ID", help="A dead event's id; without it, a filter.")
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
    reason: Reason = "",
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
    how = How(reason, everything, dry_run, yes, no_wait, directory, output, rate, ramp, stop_at)
    _ask("replay", event, flt, asked, how)


def _leaves_dead(word: str, about: str) -> None:
    @app.command(word, help=about)
    @filtered(letters=True)
    def verb(
        flt: Filter,
        event: Event = None,
        reason: Reason = "",
        everything: bool = False,
        dry_run: DryRun = False,
        yes: Yes = False,
        no_wait: NoWait = False,
        directory: Dir = None,
        output: Output = Format.table,
    ) -> None:
        how = How(reason, everything, dry_run, yes, no_wait, directory, output)
        _ask(word, event, flt, {}, how)


_leaves_dead("skip", "Leave letters dead, and let their keys go on.")
_leaves_dead("discard", "Close events for good, and let their keys go on.")


@app.command("resolve")
@filtered(letters=True)
def resolve(
    flt: Filter,
    event: Event = None,
    reason: Reason = "",
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
    how = How(reason, everything, dry_run, yes, no_wait, directory, output)
    _ask("resolve", event, flt, {"applied": applied}, how)


def _ask(verb: str, event: str | None, flt: Filter, asked: dict[str, Any], how: How) -> None:
    """About one letter by its id, or about all that a filter finds."""
    if not how.reason.strip() and not how.dry_run:
        raise typer.BadParameter("say why", param_hint="--reason")
    if event is None:
        must_narrow(flt, everything=how.everything)
    elif how.everything or not flt.empty:
        raise typer.BadParameter("an ID says which one: leave out --all and the filter")
    if event is None or how.dry_run:
        from sql.filters import Filter

        found = flt if event is None else Filter(ids=(event_id(event),))
        bulk.run(verb, found, how, asked)
        return
    wish = Wish(verb, how.reason, asked, event_id(event))
    question = _QUESTIONS.get(verb) or _settling(applied=asked["applied"])
    _decide(wish, question, how)


def _settling(*, applied: bool) -> str:
    return f"Settle it as {'applied' if applied else 'not applied'}?"


def _decide(wish: Wish, question: str, how: How) -> None:
    from ops.letters import Letters

    event = str(wish.event)
    with asking(how.directory) as (db, asker):
        letter = Letters(db).show(event)
        if letter is None:
            raise exits.nothing(f"there is no dead letter of {event}", "tidegate dead-letters list")
        if letter["settled"]:
            raise _settled(wish.verb, letter["settled"], how.output)
        more = "+" if letter["behind_capped"] else ""
        say(
            f"{letter['entity']} {letter['entity_id'] or 'without an id'}: {letter['reason']}, "
            f"{letter['error_class']}; 1 event, {letter['behind']}{more} behind it"
        )
        confirmed(question, yes=how.yes)
        try:
            asker.ask(wish, how.output, wait=not how.no_wait)
        except typer.Exit as ended:
            if ended.exit_code == exits.PARTLY:
                _tell_who_was_faster(Letters(db).show(event))
            raise


def _settled(verb: str, how: dict[str, Any], output: Format) -> typer.Exit:
    """Nothing is asked where somebody has decided already; they are named."""
    why = _in_words(how)
    report = {"request_id": None, "verb": verb, "state": "done", "matched": 1, "changed": 0}
    report |= {"skipped": 1, "why": why}
    show_one(report, output)
    tell(f"nothing was changed: {why}")
    return typer.Exit(exits.PARTLY)


def _tell_who_was_faster(letter: dict[str, Any] | None) -> None:
    if letter is not None and letter["settled"]:
        tell(_in_words(letter["settled"]))


def _in_words(how: dict[str, Any]) -> str:
    by = f" by {how['by']}" if how["by"] else ""
    at = f" at {how['at']}" if how["at"] else ""
    return f"the letter was {how['state']}{by}{at}"
