"""`tidegate recover`, `tidegate db adopt`: what a person says after a failover or a copy."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import Yes, confirmed
from cli.options import Dir
from cli.output import say

if TYPE_CHECKING:
    from cli.context import Context

_FIRST = "events that are live are looked up before they are tried again"


class As(StrEnum):
    """What a database is at the place where it is found."""

    moved = "moved"
    copy = "copy"
    restored = "restored"


def adopt(
    kind: Annotated[As, typer.Option("--as", help="What this database is here.")],
    last_good: Annotated[
        str | None,
        typer.Option("--last-good", help="Of a restore: 2026-11-22T06:00, UTC unless said."),
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Unset: what ENVIRONMENT says.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the record.")] = None,
    directory: Dir = None,
) -> None:
    """Say what a database is that is not where it was: moved, a copy, or restored."""
    from cli.reading import acting
    from cli.who import at_terminal
    from ops.adoption import adopt as adopted
    from sql.install import place_of

    with acting(directory) as (context, db):
        here = place_of(db, environment or context.settings.environment)
        good = _past(context, last_good, "--last-good") if last_good else None
        version, new_uuid = context.config.version, str(context.ids.uuid())
        told = adopted(db, at_terminal(), here, new_uuid, version, kind.value, good, reason)
    say(f"{here.text()}: {kind.value}")
    if kind is As.copy:
        say("every adapter is paused and every subscription is off; tidegate resume --reason …")
    if kind is As.restored:
        say(f"{told['looked_up_first']} {_FIRST}")


def recover(
    since: Annotated[
        str, typer.Option("--since", help="Commits since then may be lost: 2026-11-22T06:00.")
    ],
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the record.")] = None,
    yes: Yes = False,
    directory: Dir = None,
) -> None:
    """After a failover that lost commits: look every live event up before it is tried."""
    from cli.reading import acting
    from cli.who import at_terminal
    from ops.recovery import recover as recovered

    with acting(directory) as (context, db):
        moment = _past(context, since, "--since")
        confirmed("Every live event is looked up in the ERP first. Go on?", yes=yes)
        told: dict[str, Any] = recovered(db, at_terminal(), context.config.version, moment, reason)
    say(f"{told['looked_up_first']} {_FIRST}; whoever led begins anew")


def _past(context: Context, text: str, option: str) -> datetime:
    from ops.times import instant

    now = context.clock.now()
    try:
        found = instant(text, now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    if found > now:
        raise typer.BadParameter(f"{text} is still to come", param_hint=option)
    return found
