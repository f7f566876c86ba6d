"""Exit codes, by name; documented, and the same for every verb."""

from __future__ import annotations

OK = 0
UNEXPECTED = 1
USAGE = 2  # also: what was asked for cannot be started as configured
PROBLEM = 3  # status, doctor, validate: something needs a person
NOTHING = 4  # nothing matched
PARTLY = 5
DECLINED = 6
UNREACHABLE = 7  # the database does not answer
INTERRUPTED = 130  # typer makes it of a SIGINT
