"""`tidegate pause` and `resume`: what stands still until a person, or a time, lets it go on."""

from __future__ import annotations

import getpass
import platform
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from cli import exits
from cli.options import Dir
from cli.output import say

if TYPE_CHECKING:
    from cli.context import Context

Target: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[TARGET]", help="An adapter; unset: all of them.")
]
Entity: TypeAlias = Annotated[
    str | None, typer.Option("--entity", help="Only this entity, such as bills.")
]
Reason: TypeAlias = Annotated[str, typer.Option("--reason", help="Why; kept on record.")]

SHIPPED = ("business_central", "legacy", "sandbox")
"""Adapters that need no table in `tidegate.toml`."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST_S = 10 * 366 * 86_400
_LONGEST_REASON = 400


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

    with acting(directory) as (context, db):
        end = _end(context.clock.now(), until, for_)
        doc = _doc(context, "paused", target, entity, reason)
        db.run("ops/pause", doc | {"until_at": _stamp(end) if end else None})
    lasts = f"until {end:%Y-%m-%d %H:%M:%S} UTC" if end else "until tidegate resume"
    say(f"{_named(target, entity)} stands still {lasts}")


def resume(
    reason: Reason, target: Target = None, entity: Entity = None, directory: Dir = None
) -> None:
    """End a pause that a person made or a refused login; exit 4 where there is none such."""
    from cli.reading import acting

    with acting(directory) as (context, db):
        ended = db.run("ops/resume", _doc(context, "resumed", target, entity, reason))["ended"]
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


def _doc(
    context: Context, action: str, target: str | None, entity: str | None, reason: str
) -> dict[str, Any]:
    from sql.states import on_record
    from tidegate.fingerprint import digest

    _check(context, target, entity)
    if not 0 < len(reason.strip()) <= _LONGEST_REASON:
        raise typer.BadParameter(f"1 to {_LONGEST_REASON} characters", param_hint="--reason")
    actor = f"{getpass.getuser()}@{platform.node()}"[:200]
    places = on_record(target, entity)
    said = (action, actor, *places, None, None, None, reason)
    return {
        "target": target,
        "entity": entity,
        "reason": reason,
        "action": action,
        "actor": actor,
        "on_target": places[0],
        "on_entity": places[1],
        "config_version": context.config.version,
        "row_hash": digest(None, *said).hex(),
    }


def _check(context: Context, target: str | None, entity: str | None) -> None:
    """A name that nothing has would pause nothing, and nobody would notice."""
    adapters = {*SHIPPED, *context.config.adapters}
    if target is not None and target not in adapters:
        raise typer.BadParameter(_unknown("adapter", target, adapters), param_hint="TARGET")
    entities = {name.rpartition(".")[2] for name in context.config.entities}
    if entity is not None and entity not in entities:
        raise typer.BadParameter(_unknown("entity", entity, entities), param_hint="--entity")


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    from tidegate.config_errors import guess

    return f"there is no {what} {name!r}; {guess(name, known) or ', '.join(sorted(known))}"


def _end(now: datetime, until: str | None, for_: str | None) -> datetime | None:
    if until is not None and for_ is not None:
        raise typer.BadParameter("--until and --for exclude each other")
    if for_ is not None:
        return now + timedelta(seconds=_seconds(for_))
    if until is None:
        return None
    end = _moment(until)
    if end <= now:
        raise typer.BadParameter(f"{until} has passed", param_hint="--until")
    return end


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        words = f"{text!r} is no time like 2026-11-22T06:00"
        raise typer.BadParameter(words, param_hint="--until") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _seconds(text: str) -> int:
    match = re.fullmatch(r"(\d{1,9})([smhd])", text.strip())
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST_S:
        raise typer.BadParameter(f"{text!r} is no time like 90s, 30m, 2h", param_hint="--for")
    return seconds


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
