"""`tidegate events`: find events, and tell the whole story of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.filtering import filtered
from cli.letter_lists import age, counted
from cli.options import After, Dir, Limit, Output, event_id
from cli.output import Format, known, say, show_document, show_pairs, show_rows, tell

if TYPE_CHECKING:
    from ops.events import Events
    from sql.filters import Filter

app = typer.Typer(help="Find events, and tell the whole story of one.", no_args_is_help=True)

COLUMNS = {
    "event_id": "event",
    "state": "state",
    "source": "source",
    "entity": "entity",
    "entity_id": "id",
    "operation": "operation",
    "accepted_at": "accepted",
    "age": "age",
    "tries": "tries",
}
STORY_COLUMNS = {"at": "at", "what": "what", "detail": "detail"}
_LISTS = (
    *("attempts", "deliveries", "letters", "changes", "dispatches", "unsent", "timeline"),
    *("notes", "requests", "waits"),
)


@app.command("list")
@filtered()
def list_events(
    flt: Filter,
    limit: Limit = 50,
    after: After = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List events, the newest first."""
    wanted = None if after is None else event_id(after, "--after")
    with _events(directory) as events:
        found = events.list(flt, limit, wanted)
    rows = found["events"]
    if output is Format.table:
        rows = [each | {"age": age(each["age_s"])} for each in rows]
    show_rows(rows, COLUMNS, output)
    if rows:
        oldest = age(rows[-1]["age_s"])
        shown = counted(len(rows), "event")
        say(f"{shown}, the oldest {oldest} old; {found['searched']} looked at")
    if found["next"]:
        tell(f"there may be more: --after {found['next']}")
    if not rows:
        raise exits.nothing("no event matches")


@app.command("show")
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="An event's or a delivery's id, or a message id.")
    ],
    bodies: Annotated[
        bool,
        typer.Option("--bodies", help="With what came, was sent and came back; secrets masked."),
    ] = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Tell the whole story of an event: deliveries, attempts, changes, letters, dispatches."""
    with _events(directory) as events:
        story = events.story(wanted, bodies=bodies)
    if story is None:
        words = f"there is no event, delivery or message {wanted}"
        raise exits.nothing(
            words, "tidegate events list shows the newest, --id one by its record's id"
        )
    if output is Format.table:
        _show(story, bodies=bodies)
    else:
        show_document(story, story["timeline"], STORY_COLUMNS, output)


def _show(story: dict[str, Any], *, bodies: bool) -> None:
    pairs = {k: v for k, v in story.items() if k not in _LISTS and v not in (None, [])}
    waits = story.get("waits")
    if waits:
        pairs |= known({"key": waits["key"], "target": waits["target"], "waits": waits["why"]})
    show_pairs(pairs)
    show_rows(story["timeline"], STORY_COLUMNS, Format.table)
    if bodies:
        for attempt in story.get("attempts", ()):
            show_pairs(known({name: attempt[name] for name in ("number", "request", "answer")}))


@contextmanager
def _events(directory: Dir) -> Iterator[Events]:
    from cli.reading import acting
    from ops.events import Events

    with acting(directory) as (_, db):
        yield Events(db)
