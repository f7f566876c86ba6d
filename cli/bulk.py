"""One verb on many dead letters: count first, ask, then follow the job that the leader does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import exits
from cli.asking import confirmed, said
from cli.following import finish, follow, show_job
from cli.output import Format, say, show_document, show_pairs

if TYPE_CHECKING:
    from ops.bulk import Options
    from sql.filters import Filter

_COLUMNS = {"verb": "verb", "count": "letters", "keys": "keys", "oldest": "oldest"}
_NAMES = {"count": "letters", "by_error_class": "by error", "by_target": "by target"}


def run(
    verb: str,
    flt: Filter,
    *,
    reason: str,
    yes: bool,
    dry_run: bool,
    rate: float | None,
    ramp: str | None,
    stop_at: float | None,
    no_wait: bool,
    directory: Path | None,
    output: Format,
    extra: dict[str, object],
) -> None:
    """Do `verb` to every open letter that `flt` names; ends the command with its exit code.

    Args:
        flt: may be empty: who calls has made sure that this is meant.
        stop_at: percentage of a stage.
        extra: `applied` of resolve.
    """
    from cli.reading import acting
    from cli.who import at_terminal
    from ops import bulk
    from ops.replays import Replays
    from processor.requests import order_of

    with acting(directory) as (context, db), said():
        options = _options(rate, ramp, stop_at, extra)
        bulk.check(verb, options)
        plan = bulk.plan(db, verb, flt, order_of(context.config))
        _tell(plan, output, on_stdout=dry_run)
        if not plan["count"]:
            say("tidegate: no open dead letter matches")
            raise typer.Exit(exits.NOTHING)
        if dry_run:
            return
        if not reason.strip():
            raise typer.BadParameter("say why", param_hint="--reason")
        confirmed(f"{verb.capitalize()} {plan['count']} dead letters?", yes=yes)
        job = bulk.ask(
            *(db, context.ids, at_terminal(), verb, flt, reason, options),
            upto=plan["upto"],
            every=True,
        )
        replays = Replays(db)
        if no_wait:
            show_job(replays.show(job), output)
        else:
            say(f"tidegate: job {job}")
            finish(follow(lambda: replays.show(job), context.clock), output)


def _options(
    rate: float | None, ramp: str | None, stop_at: float | None, extra: dict[str, object]
) -> Options:
    from ops.bulk import Options, ramp_of

    if extra.get("out_of_order"):
        why = "one letter at a time may overtake a newer one; give its id"
        raise typer.BadParameter(why, param_hint="--out-of-order")
    applied = extra.get("applied")
    return Options(
        whole("--rate", rate),
        ramp_of(ramp),
        whole("--stop-at-error-rate", stop_at),
        applied if isinstance(applied, bool) else None,
    )


def whole(flag: str, value: float | None) -> int | None:
    """A number of a flag that takes whole ones."""
    if value is None:
        return None
    if value != int(value):
        raise typer.BadParameter("a whole number", param_hint=flag)
    return int(value)


def _tell(plan: dict[str, Any], output: Format, *, on_stdout: bool) -> None:
    if on_stdout and output is not Format.table:
        show_document(plan, [plan], _COLUMNS, output)
        return
    told = {
        _NAMES.get(name, name): _counts(value) if isinstance(value, dict) else value
        for name, value in plan.items()
        if name not in ("sample", "upto") and value not in (None, {})
    }
    if on_stdout:
        show_pairs(told)
        return
    from cli.output import plain

    for name, value in told.items():
        say(f"  {name:<9} {plain(value)}")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())
