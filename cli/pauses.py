"""`tidegate pause` and `resume`: what stands still until a person, or a time, lets it go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from cli import exits
from cli.asking import Reason
from cli.options import Dir
from cli.output import say
from cli.who import at_terminal

if TYPE_CHECKING:
    from cli.context import Context
    from ops.pauses import Pauses
    from sql.database import Database

Target: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[TARGET]", help="An adapter; unset: all of them.")
]
Entity: TypeAlias = Annotated[
    str | None, typer.Option("--entity", help="Only this entity, such as bills.")
]


def pause(
    reason: Reason,
    target: Target = None,
    entity: Entity = None,
    until: Annotated[
        str | None, typer.Option("--until", help="When it ends: 2026-11-22T06:00, UTC unless said.")
    ] = None,
    for_: Annotated[
        str | None, typer.Option("--for", help="How long it lasts: 90s, 30m, 2h, 1d.")
    ] = None,
    directory: Dir = None,
) -> None:
    """Let nothing of an adapter, or of an entity of it, reach the ERP; what comes in is kept."""
    from cli.reading import acting
    from ops.pauses import Place

    with acting(directory) as (context, db):
        now = context.clock.now()
        end = _end(now, until, for_)
        with _usage():
            _pauses(context, db).pause(Place(target, entity), reason, end, now)
    lasts = f"until {end:%Y-%m-%d %H:%M:%S} UTC" if end else "until tidegate resume"
    say(f"{_named(target, entity)} stands still {lasts}")


def resume(
    reason: Reason, target: Target = None, entity: Entity = None, directory: Dir = None
) -> None:
    """End a pause that a person made or a refused login; exit 4 where there is none such."""
    from cli.reading import acting
    from ops.pauses import Place

    with acting(directory) as (context, db):
        with _usage():
            ended = _pauses(context, db).resume(Place(target, entity), reason)
        others = db.read("pauses/list", {})["pauses"]
    for row in ended:
        say(f"{_named(target, entity)} goes on: {row['kind']} of {row['actor']}, {row['reason']}")
    _tell(others)
    if not ended:
        say(f"{_named(target, entity)} was not paused")
        raise typer.Exit(exits.NOTHING)


def lines(pauses: Iterable[dict[str, Any]]) -> list[str]:
    """Pauses in words, one a line."""
    return [
        f"{_named(row['target'], row['entity'])} stands still ({row['kind']}, {row['actor']}): "
        f"{row['reason']}"
        for row in pauses
    ]


def _tell(pauses: Iterable[dict[str, Any]]) -> None:
    for line in lines(pauses):
        say(f"still: {line}")


def _named(target: str | None, entity: str | None) -> str:
    where = target or "every adapter"
    return f"{entity} of {where}" if entity else where


def _pauses(context: Context, db: Database) -> Pauses:
    from ops.pauses import Pauses

    return Pauses(db, context.config, at_terminal())


@contextmanager
def _usage() -> Iterator[None]:
    """What cannot be paused is a matter of the flag that named it."""
    from ops.pauses import WrongPause

    try:
        yield
    except WrongPause as error:
        hint = "TARGET" if error.field == "target" else f"--{error.field}"
        raise typer.BadParameter(str(error), param_hint=hint) from error


def _end(now: datetime, until: str | None, for_: str | None) -> datetime | None:
    from ops.times import moment, seconds

    if until is not None and for_ is not None:
        raise typer.BadParameter("--until and --for exclude each other")
    try:
        end = now + timedelta(seconds=seconds(for_)) if for_ is not None else None
        end = moment(until) if until is not None else end
    except ValueError as error:
        hint = "--until" if for_ is None else "--for"
        raise typer.BadParameter(str(error), param_hint=hint) from None
    if end is not None and end <= now:
        raise typer.BadParameter(f"{until} has passed", param_hint="--until")
    return end
