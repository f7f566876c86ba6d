"""Asks the leader for something and waits for it: what every verb that moves queue rows does."""

from __future__ import annotations

import getpass
import json
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from cli import exits
from cli.output import Format, say, show_document, show_pairs

if TYPE_CHECKING:
    from cli.context import Context
    from sql.database import Database, Rows

PATIENCE = 30.0
"""Seconds that a verb waits for the leader."""
EVERY = 0.1
TOLD_EVERY = 5.0
COLUMNS = {"matched": "matched", "changed": "changed", "skipped": "skipped", "why": "why"}
_UNFINISHED = ("open", "running", "paused")

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
        request_id = str(self._context.ids.uuid())
        self._db.run("requests/ask", _row(wish, request_id))
        found = self._look(request_id)
        if not _led(found):
            say(f"tidegate: nobody leads, so nothing is done yet; request {request_id} waits")
            say("  next: start tidegate up or tidegate processor, which carries it out")
            raise typer.Exit(exits.PROBLEM)
        if wait:
            _finish(self._awaited(request_id, found), request_id, output)
        else:
            _show(found, output)

    def _awaited(self, request_id: str, found: Rows) -> Rows:
        clock, pause = self._context.clock, threading.Event()
        deadline, told = clock.monotonic() + PATIENCE, clock.monotonic() + TOLD_EVERY
        while _state(found) in _UNFINISHED and clock.monotonic() < deadline:
            if clock.monotonic() > told:
                say(f"tidegate: waiting for the leader, request {request_id}")
                told = clock.monotonic() + TOLD_EVERY
            pause.wait(EVERY)
            found = self._look(request_id)
        return found

    def _look(self, request_id: str) -> Rows:
        return self._db.read("requests/get", {"uuid": request_id})


def confirmed(question: str, *, yes: bool) -> None:
    """Ask on stderr; declined ends with its own code, and who cannot be asked must say `--yes`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at", param_hint="--yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        say("tidegate: nothing was done")
        raise typer.Exit(exits.DECLINED)


def _row(wish: Wish, request_id: str) -> dict[str, Any]:
    if not wish.reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    return {
        "uuid": request_id,
        "verb": wish.verb,
        "filter": json.dumps(wish.filter),
        "event_uuid": wish.event,
        "reason": wish.reason.strip()[:2000],
        "actor": _actor(),
        "host": platform.node()[:200] or None,
        "source": "cli",
    }


def _actor() -> str:
    try:
        return f"cli:{getpass.getuser()}"[:200]
    except (KeyError, OSError):  # a container's user may have no name
        return "cli"


def _led(found: Rows) -> bool:
    from ingest.reports import LED_WITHIN

    leader = found["leader"]
    return bool(leader) and bool(leader[0]["holder"]) and leader[0]["age_s"] < LED_WITHIN


def _state(found: Rows) -> str:
    return str(found["request"][0]["state"])


def _finish(found: Rows, request_id: str, output: Format) -> None:
    if _state(found) in _UNFINISHED:
        say(f"tidegate: not done within {PATIENCE:g} s; request {request_id} stays open")
        say("  next: tidegate status says what the leader does")
        raise typer.Exit(exits.PROBLEM)
    report = _show(found, output)
    if report["state"] == "failed":
        say(f"tidegate: {report['why']}")
        raise typer.Exit(exits.PROBLEM if report["matched"] else exits.NOTHING)
    if not report["changed"]:
        say(f"tidegate: nothing was changed: {report['why']}")
        raise typer.Exit(exits.PARTLY)


def _show(found: Rows, output: Format) -> dict[str, Any]:
    row = found["request"][0]
    result = json.loads(row["result"]) if row["result"] else {}
    report = {
        "request_id": row["uuid"],
        "verb": row["verb"],
        "state": row["state"],
        "matched": row["matched"],
        "changed": row["changed"],
        "skipped": row["skipped"],
        "why": result.get("skipped") or result.get("error"),
    }
    if output is Format.table:
        show_pairs({name: value for name, value in report.items() if value is not None})
    else:
        show_document(report, [report], COLUMNS, output)
    return report
