"""One verb on many dead letters: count first, ask, then follow the job that the leader does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import exits
from cli.asking import confirmed, said
from cli.following import finish, follow, show_job
from cli.output import Format, say, show_one, tell

if TYPE_CHECKING:
    from ops.bulk import Options
    from sql.filters import Filter

_NAMES = {"count": "letters", "by_error_class": "by error", "by_target": "by target"}


@dataclass(frozen=True, slots=True)
class How:
    """How a verb goes about it, as the flags say.

    Args:
        everything: means every letter, where there is no filter.
        rate: letters a second, at most.
        stop_at: percentage of a stage.
    """

    reason: str
    everything: bool
    dry_run: bool
    yes: bool
    no_wait: bool
    directory: Path | None
    output: Format
    rate: int | None = None
    ramp: str | None = None
    stop_at: int | None = None


def run(verb: str, flt: Filter, how: How, extra: dict[str, Any]) -> None:
    """Do `verb` to every open letter that `flt` names; ends the command with its exit code.

    Args:
        flt: may be empty: who calls has made sure that this is meant.
        extra: `applied` of resolve, `out_of_order` of replay.
    """
    from cli.reading import acting
    from cli.who import at_terminal
    from ops import bulk
    from ops.replays import Replays
    from processor.requests import order_of

    with acting(how.directory) as (context, db), said():
        options = _options(how, extra)
        bulk.check(verb, options)
        plan = bulk.plan(db, verb, flt, order_of(context.config))
        _tell(plan, how.output, on_stdout=how.dry_run)
        if not plan["count"]:
            raise exits.nothing("no open dead letter matches")
        if how.dry_run:
            return
        confirmed(f"{verb.capitalize()} {plan['count']} dead letters?", yes=how.yes)
        job = bulk.ask(
            *(db, context.ids, at_terminal(), verb, flt, how.reason, options),
            upto=plan["upto"],
            every=True,
        )
        replays = Replays(db)
        if how.no_wait:
            show_job(replays.show(job), how.output)
        else:
            tell(f"job {job}")
            finish(follow(lambda: replays.show(job), context.clock), how.output)


def _options(how: How, extra: dict[str, Any]) -> Options:
    from ops.bulk import Options, ramp_of

    if extra.get("out_of_order"):
        why = "one letter at a time may overtake a newer one; give its id"
        raise typer.BadParameter(why, param_hint="--out-of-order")
    return Options(how.rate, ramp_of(how.ramp), how.stop_at, extra.get("applied"))


def _tell(plan: dict[str, Any], output: Format, *, on_stdout: bool) -> None:
    told = {
        _NAMES.get(name, name): _counts(value) if isinstance(value, dict) else value
        for name, value in plan.items()
        if name not in ("sample", "upto") and value not in (None, {})
    }
    if on_stdout:
        show_one(plan, output, told)
        return
    from cli.output import plain

    for name, value in told.items():
        say(f"  {name:<9} {plain(value)}")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())
