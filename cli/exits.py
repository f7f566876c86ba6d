"""Exit codes, by name; documented, and the same for every verb; the ends that say why."""

from __future__ import annotations

import typer

from cli.output import tell

OK = 0
UNEXPECTED = 1
USAGE = 2
PROBLEM = 3
NOTHING = 4
PARTLY = 5
DECLINED = 6
UNREACHABLE = 7
INTERRUPTED = 130  # typer makes it of a SIGINT

MEANINGS: dict[int, str] = {
    OK: "It was done, or nothing is wrong.",
    UNEXPECTED: "Something that nobody foresaw; the last lines on stderr are worth a report.",
    USAGE: "The command is wrong, or what was asked for cannot be started as configured.",
    PROBLEM: (
        "A problem was found and needs a person: `status`, `doctor`, `alerts list`, `db validate`, "
        "`audit verify`, `config check`; a broken promise (`chaos`); nobody leads, or not in time."
    ),
    NOTHING: "Nothing matched: no such event, letter, key or job, or the filter finds none.",
    PARTLY: "Partly done: some were skipped or failed again, and why is told.",
    DECLINED: "You were asked, and said no.",
    UNREACHABLE: "The database does not answer, or is not there.",
    INTERRUPTED: "You stopped it; a job that was asked for goes on.",
}
"""What each says, for the reference page."""


def nothing(words: object, next_step: str = "") -> typer.Exit:
    """Say what was not found, and where to look; to be raised."""
    tell(words, next_step)
    return typer.Exit(NOTHING)


def problem(words: object, next_step: str = "") -> typer.Exit:
    """Say what needs a person, and what to do; to be raised."""
    tell(words, next_step)
    return typer.Exit(PROBLEM)
