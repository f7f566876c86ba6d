"""`tidegate db prune`, `erase`, `events restore`: what is kept, what goes, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import exits
from cli.asking import Asker, NoWait, Reason, Yes, confirmed
from cli.duties import archive_of
from cli.options import Dir, Output, event_id
from cli.output import Format, say, show_rows
from cli.who import at_terminal

COLUMNS = {
    "kind": "kind",
    "rows": "rows to go",
    "oldest": "oldest",
    "before": "kept from",
    "pruned": "gone so far",
}


def prune(
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would go now, and take nothing.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why now, for the record.")] = "",
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Let the leader do a round of [retention] now; it does one each hour by itself."""
    from cli.reading import acting
    from ops.erasure import ask_prune
    from ops.retention import Retention
    from ops.retention import plan as planned

    with acting(directory) as (context, db):
        retention = Retention(db, context.clock, context.config.retention)
        rows = planned(db, retention)
        if plan:
            show_rows(rows, COLUMNS, output)
            return
        going = {row["kind"]: row["rows"] for row in rows if row["rows"]}
        if not going:
            raise exits.nothing("nothing is older than it is kept")
        say("to go: " + ", ".join(f"{n} {kind}" for kind, n in going.items()))
        confirmed("Prune now?", yes=yes)
        why = reason or "asked for"
        request = ask_prune(db, context.ids, at_terminal(), why)
        Asker(context, db).answered(request, output, wait=not no_wait)


def erase(
    source: Annotated[str, typer.Option("--source", help="The source, such as zoho.")],
    entity: Annotated[str, typer.Option("--entity", help="Such as customers.")],
    id_: Annotated[str, typer.Option("--id", help="The record's id in the source.")],
    reason: Reason,
    yes: Yes = False,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Erase what is known of one record of a source; the record of what happened stands."""
    from cli.reading import acting
    from ops.erasure import ask_erase, left_behind, matching

    place = {"source": source, "entity": entity, "entity_id": id_}
    with acting(directory) as (context, db):
        n = matching(db, place)
        if not n and not left_behind(db, archive_of(context, db), place):
            raise exits.nothing(f"nothing is known of {source} {entity} {id_}")
        say(f"{n} events of {source} {entity} {id_} are here; what is live is left alone")
        say("kept: hashes, times, states, the ERP's own record, and files outside the archive")
        confirmed("Erase what they said? It cannot be undone.", yes=yes)
        request = ask_erase(db, context.ids, at_terminal(), place, reason)
        Asker(context, db).answered(request, output, wait=not no_wait)


def restore(
    event: Annotated[str, typer.Argument(metavar="ID", help="The event's id.")],
    reason: Reason,
    archive: Annotated[
        Path | None, typer.Option("--archive", help="The folder; unset: [retention] archive.")
    ] = None,
    no_wait: NoWait = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Bring an archived event back, at its end, with its body and its deliveries."""
    from cli.reading import acting
    from ops.erasure import ask_restore

    uuid = event_id(event)
    with acting(directory) as (context, db):
        folder = archive_of(context, db, archive)
        if folder is None:
            raise typer.BadParameter("name the folder", param_hint="--archive")
        request = ask_restore(db, context.ids, at_terminal(), folder, uuid, reason)
        Asker(context, db).answered(request, output, wait=not no_wait)
