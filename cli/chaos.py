"""`tidegate chaos`: this house broken on purpose, and every promise checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.options import Output
from cli.output import Format, say, show_document, show_rows

if TYPE_CHECKING:
    from lab.chaos.simulate import Result

app = typer.Typer(no_args_is_help=True, help="Break this house on purpose.")

TELL_EVERY = 100


@app.command("simulate")
def simulate(
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 100,
    first_seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 1,
    steps: Annotated[int, typer.Option(min=1, help="How much happens in each.")] = 50,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes at a time.")] = 2,
    twin: Annotated[
        str | None, typer.Option(help="Take out one guard, named as in docs/guarantees.md.")
    ] = None,
    trace: Annotated[
        int, typer.Option("--trace", "-v", min=0, help="Last lines to show of a broken world.")
    ] = 0,
    output: Output = Format.table,
) -> None:
    """Run the whole house in one thread from a seed, let everything fail; exit 3 if it broke."""
    from lab.chaos.many import Wanted
    from lab.chaos.many import simulate as run
    from lab.chaos.twins import TWINS

    names = [each.name for each in TWINS]
    if twin is not None and twin not in names:
        raise typer.BadParameter(f"one of {', '.join(names)}", param_hint="--twin")
    wanted = Wanted(first_seed, seeds, steps, twin, trace)
    progress = _Progress(seeds)
    found = run(wanted, jobs, progress.seed)
    _show(found, output)
    if found["broken"]:
        raise typer.Exit(exits.PROBLEM)


class _Progress:
    """Says on stderr how far it is, and at once what broke."""

    def __init__(self, seeds: int) -> None:
        self._seeds = seeds
        self._done = 0
        self._broken = 0

    def seed(self, result: Result) -> None:
        self._done += 1
        if result.broken:
            self._broken += 1
            say(f"seed {result.seed}: {result.broken}")
            for line in result.trace:
                say(f"  {line}")
        if self._done % TELL_EVERY == 0 or self._done == self._seeds:
            say(f"{self._done} of {self._seeds} seeds, {self._broken} broken")


def _show(found: dict[str, Any], output: Format) -> None:
    if output is Format.table:
        say(f"{found['events']} events, {found['effects']} effects, {found['turns']} turns")
        columns = {"seed": "Seed", "promise": "Promise", "repeat": "Repeat with"}
        if found["broken"]:
            show_rows(found["broken"], columns, output)
    else:
        show_document(found, found["broken"], {"seed": "seed"}, output)
