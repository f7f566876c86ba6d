"""`tidegate events`: find events, and tell the whole story of one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import exits
from cli.options import Dir, Output
from cli.output import Format, say, show_document, show_pairs, show_rows

app = typer.Typer(help="Find events, and tell the whole story of one.", no_args_is_help=True)

COLUMNS = {
    "event_id": "event",
    "state": "state",
    "source": "source",
    "entity": "entity",
    "entity_id": "id",
    "operation": "operation",
    "accepted_at": "accepted",
    "tries": "tries",
}
# Written out: what the help imports must come from this package and the kernel alone, so that
# the start check has its say before anything of another's is run in place of ours.
STATE_HELP = (
    "pending, processing, retrying, waiting, unknown, held, dead, "
    "applied, superseded, refused, expired or discarded."
)
STORY_COLUMNS = {"at": "at", "what": "what", "detail": "detail"}


@app.command("list")
def list_events(
    state: Annotated[str | None, typer.Option(help=STATE_HELP)] = None,
    entity: Annotated[str | None, typer.Option(help="What they speak of: products, …")] = None,
    entity_id: Annotated[str | None, typer.Option("--id", help="Its id in the source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10000, help="As many at most.")] = 50,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List events, the newest first."""
    from cli.reading import reading
    from sql.states import ENDS, STATES, row_state_of

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"{state!r} is none of {', '.join(STATES)}", param_hint="--state")
    ended = state if state == "dead" or state in ENDS else None
    row_state = row_state_of(state) if state else None
    with reading(directory) as reader:
        found = reader.read(
            "events/list", entity=entity, text=entity_id, ended=ended, row_state=row_state, n=limit
        )["events"]
    show_rows([_listed(row) for row in found], COLUMNS, output)
    if not found:
        raise _nothing("no event matches")


@app.command("show")
def show(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="An event's or a delivery's id.")],
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Tell the whole story of an event: deliveries, attempts, changes, letters, dispatches."""
    from cli.reading import reading
    from cli.story import find, timeline

    with reading(directory) as reader:
        story = find(reader, wanted.strip().lower())
    if story is None:
        raise _nothing(f"there is no event and no delivery {wanted}")
    happened = timeline(story)
    if output is not Format.table:
        show_document({**story, "timeline": happened}, happened, STORY_COLUMNS, output)
        return
    lists = ("attempts", "deliveries", "letters", "changes", "dispatches")
    show_pairs({k: v for k, v in story.items() if k not in lists and v is not None})
    show_rows(happened, STORY_COLUMNS, output)


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    from ingest.reports import iso
    from sql.states import event_state

    return {
        "event_id": row["uuid"],
        "state": event_state(row["state"], row["row_state"]),
        "source": row["source"],
        "entity": row["entity"],
        "entity_id": row["entity_text"],
        "operation": row["operation"],
        "accepted_at": iso(row["accepted_at"]),
        "ended_at": iso(row["ended_at"]),
        "tries": row["tries"],
    }


def _nothing(words: str) -> typer.Exit:
    say(f"tidegate: {words}")
    return typer.Exit(exits.NOTHING)
