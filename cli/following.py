"""Follows a job until it ends: a bar where there is a terminal, lines where there is none."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from cli import exits
from cli.asking import nobody_leads
from cli.output import Format, show_one, tell

if TYPE_CHECKING:
    from tidegate.clock import Clock

EVERY = 0.2
"""Seconds between looks."""

TOLD_EVERY = 5.0
"""Seconds between lines, where there is no bar."""

COLUMNS = {
    "request_id": "job",
    "verb": "verb",
    "state": "state",
    "matched": "matched",
    "changed": "changed",
    "skipped": "skipped",
    "failed": "failed again",
    "why": "why",
}
_LIVE = ("open", "running")
_SHOWN = ("matched", "changed", "skipped", "failed", "under_way", "skips", "ends", "why")

Look = Callable[[], dict[str, Any]]
Tell = Callable[[dict[str, Any]], None]


def follow(look: Look, clock: Clock) -> dict[str, Any]:
    """Wait until the job ends or pauses; what became of it.

    Interrupted, it says that the job goes on, and ends with 130; without a leader with 3.
    """
    found = look()
    pause = threading.Event()
    try:
        with _telling(clock) as progress:
            while found["state"] in _LIVE:
                if not found["led"]:
                    raise nobody_leads(found["request_id"])
                progress(found)
                pause.wait(EVERY)
                found = look()
            progress(found)
    except KeyboardInterrupt:
        job = found["request_id"]
        tell(f"job {job} goes on without you", f"tidegate replays show {job}")
        raise typer.Exit(exits.INTERRUPTED) from None
    return found


def show_job(found: dict[str, Any], output: Format) -> None:
    """Print a job: what matters for a person, all of it for a program."""
    head = {"request_id": found["request_id"], "verb": found["verb"], "state": found["state"]}
    told = {name: found[name] for name in _SHOWN if found[name] not in (None, {})}
    show_one(found, output, head | told)


def finish(found: dict[str, Any], output: Format) -> None:
    """Print what became of a job; ends the command with the exit code that says so."""
    show_job(found, output)
    if found["state"] == "failed":
        raise typer.Exit(exits.PROBLEM)
    if found["state"] == "paused":
        tell(f"paused: {found['why']}", f"tidegate replays resume {found['request_id']} --reason …")
    if not found["matched"] and found["state"] == "done":
        raise typer.Exit(exits.NOTHING)
    whole = found["changed"] == found["matched"] and not found["failed"] and not found["under_way"]
    if found["state"] in ("paused", "cancelled") or not whole:
        raise typer.Exit(exits.PARTLY)


@contextmanager
def _telling(clock: Clock) -> Iterator[Tell]:
    if sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _Lines(clock).tell


@contextmanager
def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TextColumn("{task.fields[words]}"), console=Console(stderr=True)
    ) as bar:
        task = bar.add_task("", total=None, words="")

        def tell(found: dict[str, Any]) -> None:
            total, done = found["matched"] or None, found["done"]
            name = f"{found['verb']} {found['state']}"
            bar.update(task, description=name, total=total, completed=done, words=_words(found))

        yield tell


class _Lines:
    """A line every few seconds, where something has changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = clock.monotonic() + TOLD_EVERY
        self._last = ""

    def tell(self, found: dict[str, Any]) -> None:
        if self._clock.monotonic() < self._next:
            return
        line = f"{found['done']} of {found['matched']}, {_words(found)}"
        if line != self._last:
            tell(f"{found['verb']} {found['state']}: {line}")
        self._last, self._next = line, self._clock.monotonic() + TOLD_EVERY


def _words(found: dict[str, Any]) -> str:
    return (
        f"{found['skipped']} skipped, {found['failed']} failed again, "
        f"{found['under_way']} under way"
    )
