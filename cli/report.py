"""`tidegate report`: what the public views say; without a name, which there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cli import watching
from cli.options import Dir, Output
from cli.output import Format, show_rows, tell

if TYPE_CHECKING:
    from datetime import datetime

    from ops.reports import Report

_BLOCKS = "▁▂▃▄▅▆▇█"
_VIEW_COLUMNS = {"view": "view", "about": "what it says"}


def report(
    view: Annotated[
        str | None,
        typer.Argument(metavar="[VIEW]", help="With or without v_; unset: list the views."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="2026-11-21T06:00, UTC unless said, or 2h.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="ID", help="Only of this event.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=100_000, help="As many rows at most.")
    ] = 1000,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds.")] = False,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Show a view's rows; nothing is locked, and no view shows a payload."""
    if view is None:
        _list(output)
        return
    from cli.reading import acting
    from ops import reports

    reports.view_of(view)
    with acting(directory) as (context, db):
        start = _start(since, context.clock.now())
        look = partial(reports.report, db, view, start, limit, event)
        if watch:
            watching.watch(look, partial(_show, output=output), output)
        _show(look(), output)


def spark(values: Sequence[float]) -> str:
    """A line of blocks, the highest for the greatest value; an empty place for none."""
    top = max(values, default=0)
    if top <= 0:
        return " " * len(values)
    last = len(_BLOCKS) - 1
    return "".join(" " if each <= 0 else _BLOCKS[round(each / top * last)] for each in values)


def _list(output: Format) -> None:
    from ops.reports import views

    rows = [{"view": each.name.removeprefix("v_"), "about": each.about} for each in views()]
    show_rows(rows, _VIEW_COLUMNS, output)


def _start(since: str | None, now: datetime) -> datetime | None:
    from ops.times import instant

    try:
        return None if since is None else instant(since, now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None


def _show(found: Report, output: Format) -> None:
    show_rows(found.rows, {name: name for name in found.columns}, output)
    if output is Format.table:
        _sparklines(found)
        if not found.rows:
            tell(f"{found.view.name} has no rows")


def _sparklines(found: Report) -> None:
    names = found.view.sparklines
    wide = max(map(len, names), default=0)
    for name in names:
        values = [float(row[name]) for row in found.rows]
        top = max(values, default=0)
        typer.echo(f"{name:<{wide}}  {spark(values)}  {_most(top)}")


def _most(top: float) -> str:
    return f"at most {top:g} a minute" if top else "none"
