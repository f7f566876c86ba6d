"""`tidegate dead-letters summary, groups, list, show, export`: what died, and why."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import exits
from cli.filtering import filtered
from cli.options import After, Dir, Limit, Output, event_id
from cli.output import (
    Format,
    known,
    plain,
    say,
    show_document,
    show_one,
    show_pairs,
    show_rows,
    tell,
)

if TYPE_CHECKING:
    from ops.letters import Letters
    from sql.filters import Filter

COLUMNS = {
    "event_id": "event",
    "reason": "reason",
    "error_class": "error",
    "entity": "entity",
    "entity_id": "id",
    "age": "age",
    "attempts": "attempts",
    "holds": "blocks",
    "owner": "owner",
    "message": "message",
}
MATRIX_COLUMNS = {
    "error_class": "error",
    "all": "all",
    "1h": "1 h",
    "3h": "3 h",
    "24h": "24 h",
    "3d": "3 d",
    "7d": "7 d",
}
GROUP_COLUMNS = {
    "group": "group",
    "count": "letters",
    "keys": "keys",
    "first_at": "first",
    "last_at": "last",
    "error_class": "error",
    "entity": "entity",
    "owner": "owner",
    "note": "note",
    "message": "message",
}
ATTEMPT_COLUMNS = {
    "number": "attempt",
    "kind": "kind",
    "opened_at": "at",
    "outcome": "outcome",
    "status": "status",
    "error_class": "error",
    "message": "message",
}
ASKED_COLUMNS = {
    "at": "at",
    "verb": "verb",
    "actor": "actor",
    "reason": "reason",
    "state": "state",
    "changed": "changed",
    "why": "why",
}
NOTE_COLUMNS = {"at": "at", "kind": "kind", "of": "of", "actor": "actor", "text": "text"}
BEHIND_COLUMNS = {"event_id": "waits behind it", "entity": "entity", "entity_id": "id"}
_TOLD_APART = frozenset(
    {
        *("history", "requests", "notes", "behind_first", "next_steps", "event", "settled"),
        *("age_s", "behind_capped"),
    }
)
SHORT = 12
"""Digits of a fingerprint that a table shows; they will do in a filter."""


@filtered(letters=True)
def summary(flt: Filter, directory: Dir = None, output: Output = Format.table) -> None:
    """Show how many letters of each error were born within an hour, a day, a week."""
    with _letters(directory) as letters:
        found = letters.summary(flt)
    _say_total(found)
    if output is Format.table:
        show_rows(found["classes"], MATRIX_COLUMNS, output)
    else:
        show_document(found, found["classes"], MATRIX_COLUMNS, output)
    if not found["total"]:
        raise exits.nothing("no dead letter matches")


@filtered(letters=True)
def groups(
    flt: Filter, limit: Limit = 50, directory: Dir = None, output: Output = Format.table
) -> None:
    """Show letters of one cause together, the largest group first."""
    with _letters(directory) as letters:
        found = letters.groups(flt, limit)
    _say_capped(found, limit, "groups")
    if output is Format.table:
        short = [each | {"group": each["fingerprint"][:SHORT]} for each in found["groups"]]
        show_rows(short, GROUP_COLUMNS, output)
    else:
        show_rows(found["groups"], GROUP_COLUMNS, output)
    if not found["groups"]:
        raise exits.nothing("no dead letter matches")


@filtered(letters=True)
def list_letters(
    flt: Filter,
    limit: Limit = 50,
    after: After = None,
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """List dead letters, the newest first."""
    wanted = None if after is None else event_id(after, "--after")
    with _letters(directory) as letters:
        found = letters.list(flt, limit, wanted)
    shown = counted(found["count"], "letter", capped=found["count_capped"])
    say(f"{shown}, the oldest {age(found['oldest_age_s'])} old")
    rows = found["letters"]
    if output is Format.table:
        rows = [each | {"age": age(each["age_s"])} for each in rows]
    show_rows(rows, COLUMNS, output)
    if found["next"]:
        tell(f"{limit} are shown; the next with --after {found['next']}")
    if not rows:
        raise exits.nothing("no dead letter matches")


def show(
    event: Annotated[str, typer.Argument(metavar="ID", help="The dead event's id.")],
    directory: Dir = None,
    output: Output = Format.table,
) -> None:
    """Show a letter: attempts, notes, what was asked of it, what it blocks, what to do."""
    with _letters(directory) as letters:
        letter = letters.show(event_id(event))
    if letter is None:
        raise exits.nothing(f"there is no dead letter of {event}", "tidegate dead-letters list")
    if output is Format.table:
        _show(letter)
    else:
        show_one(letter, output)


@filtered(letters=True)
def export(
    flt: Filter,
    directory: Dir = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="jsonl or csv.")] = Format.jsonl,
) -> None:
    """Write letters with their bodies, secrets masked, the oldest first, one by one."""
    if output not in (Format.jsonl, Format.csv):
        raise typer.BadParameter("jsonl or csv", param_hint="--output")
    with _letters(directory) as letters:
        count = _write(letters.export(flt), output)
    say(f"{count} letters")
    if not count:
        raise exits.nothing("no dead letter matches")


def age(seconds: float | None) -> str:
    """A time in its largest unit: 40 s, 12 m, 3 h, 5 d."""
    if seconds is None:
        return "0 s"
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


@contextmanager
def _letters(directory: Dir) -> Iterator[Letters]:
    from cli.reading import acting
    from ops.letters import Letters

    with acting(directory) as (context, db):
        yield Letters(db, context.config.version)


def _show(letter: dict[str, Any]) -> None:
    pairs = {name: value for name, value in letter.items() if name not in _TOLD_APART}
    more = {"age": age(letter["age_s"]), "target": letter["event"]["target"]}
    show_pairs(known(pairs | more))
    for name, columns in (
        ("history", ATTEMPT_COLUMNS),
        ("notes", NOTE_COLUMNS),
        ("requests", ASKED_COLUMNS),
        ("behind_first", BEHIND_COLUMNS),
    ):
        if letter[name]:
            sys.stdout.write("\n")
            show_rows(letter[name], columns, Format.table)
    say("next:")
    for step in letter["next_steps"]:
        say(f"  {plain(step)}")


def counted(n: int, noun: str, *, capped: bool = False) -> str:
    """A number and its noun."""
    return f"{n}{'+' if capped else ''} {noun}{'' if n == 1 else 's'}"


def _say_total(found: dict[str, Any]) -> None:
    held = f"{counted(found['keys_held'], 'key')} held"
    letters = counted(found["total"], "letter")
    say(f"{letters}, the oldest {age(found['oldest_age_s'])} old, {held}")
    _say_capped(found, len(found["classes"]), "error classes")


def _say_capped(found: dict[str, Any], limit: int, what: str) -> None:
    if found["capped"]:
        tell(f"{limit} {what} are shown, and there are more")


def _write(letters: Iterable[dict[str, Any]], output: Format) -> int:
    count, writer = 0, None
    for letter in letters:
        if output is Format.jsonl:
            sys.stdout.write(json.dumps(letter, ensure_ascii=False) + "\n")
        else:
            if writer is None:
                writer = csv.DictWriter(sys.stdout, list(letter), lineterminator="\n")
                writer.writeheader()
            body = json.dumps(letter["body"], ensure_ascii=False)
            writer.writerow(letter | {"body": body})
        count += 1
    sys.stdout.flush()
    return count
