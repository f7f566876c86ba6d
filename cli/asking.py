"""Asks the leader for something and waits for it: what every verb that moves queue rows does."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from cli import exits
from cli.output import Format, known, show_one, tell

if TYPE_CHECKING:
    from cli.context import Context
    from sql.database import Database

PATIENCE = 30.0
"""Seconds that a verb waits for the leader."""
EVERY = 0.1
TOLD_EVERY = 5.0
_UNFINISHED = ("open", "running", "paused")
_TOLD = ("request_id", "verb", "state", "matched", "changed", "skipped", "why")
_WHERE_TOLD = ("new_event_id",)

Reason: TypeAlias = Annotated[
    str, typer.Option("--reason", help="Why, for the record.", show_default=False)
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether I mean it.")]
NoWait: TypeAlias = Annotated[
    bool, typer.Option("--no-wait", help="Leave the request to the leader, and end.")
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: about one event, or what `filter` says."""

    verb: str
    reason: str
    filter: dict[str, Any]
    event: str | None = None


@contextmanager
def asking(directory: Path | None) -> Iterator[tuple[Database, Asker]]:
    """The database, and who asks in it; closed at the end."""
    from cli.reading import acting

    with acting(directory) as (context, db):
        yield db, Asker(context, db)


class Asker:
    """Inserts a wish, and waits for what becomes of it."""

    def __init__(self, context: Context, db: Database) -> None:
        self._context = context
        self._db = db

    def ask(self, wish: Wish, output: Format, *, wait: bool) -> None:
        """Ask, wait, and print what was done; ends the command with an exit code of its own."""
        from cli.who import at_terminal
        from ops import requests

        asked = requests.Wish(wish.verb, wish.reason, wish.filter, wish.event)
        with said():
            request_id = requests.ask(self._db, self._context.ids, at_terminal(), asked)
        self.answered(request_id, output, wait=wait)

    def answered(self, request_id: str, output: Format, *, wait: bool) -> None:
        """Print what became of a request that was made; ends the command with its exit code."""
        if wait:
            show_answer(self.awaited(request_id), output)
        else:
            _show(self._led(request_id), output)

    def awaited(self, request_id: str) -> dict[str, Any]:
        """What became of a request, or where it stands when patience is at its end."""
        found = self._led(request_id)
        clock, pause = self._context.clock, threading.Event()
        deadline, told = clock.monotonic() + PATIENCE, clock.monotonic() + TOLD_EVERY
        while found["state"] in _UNFINISHED and clock.monotonic() < deadline:
            if clock.monotonic() > told:
                tell(f"waiting for the leader, request {request_id}")
                told = clock.monotonic() + TOLD_EVERY
            pause.wait(EVERY)
            found = self._look(request_id)
        return found

    def _led(self, request_id: str) -> dict[str, Any]:
        found = self._look(request_id)
        if not found["led"]:
            raise nobody_leads(request_id)
        return found

    def _look(self, request_id: str) -> dict[str, Any]:
        from ops.requests import answer

        return answer(self._db, request_id)


@contextmanager
def said() -> Iterator[None]:
    """What is asked for wrongly is told as a flag that is wrong."""
    from ops.filter import WrongFilter
    from ops.requests import WrongRequest

    try:
        yield
    except (WrongFilter, WrongRequest) as error:
        raise typer.BadParameter(str(error), param_hint=f"--{error.field}") from error


def nobody_leads(request_id: str) -> typer.Exit:
    """The end of a verb that nobody is there to carry out."""
    return exits.problem(
        f"nobody leads, so nothing is done yet; request {request_id} waits",
        "start tidegate up or tidegate processor, which carries it out",
    )


def confirmed(question: str, *, yes: bool) -> None:
    """Ask on stderr; declined ends with its own code, and who cannot be asked must say `--yes`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at", param_hint="--yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        tell("nothing was done")
        raise typer.Exit(exits.DECLINED)


def show_answer(found: dict[str, Any], output: Format) -> None:
    """Print what became of a request; ends the command where not all of it was done."""
    request_id = found["request_id"]
    if found["state"] in _UNFINISHED:
        raise exits.problem(
            f"not done within {PATIENCE:g} s; request {request_id} stays open",
            "tidegate status says what the leader does",
        )
    report = _show(found, output)
    if report["state"] == "failed":
        tell(report["why"])
        raise typer.Exit(exits.PROBLEM if report["matched"] else exits.NOTHING)
    if not report["changed"]:
        tell(f"nothing was changed: {report['why']}")
        raise typer.Exit(exits.PARTLY)


def _show(found: dict[str, Any], output: Format) -> dict[str, Any]:
    report = {name: found[name] for name in _TOLD}
    report |= known({name: found[name] for name in _WHERE_TOLD})
    show_one(report, output)
    return report
