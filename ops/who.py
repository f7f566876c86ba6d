"""Who acts: the name that every change by a person carries on record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Who:
    """A person, or a program with a key.

    `actor` is `cli:USER` for who holds the DSN, else the owner of an API key; `source` is cli,
    http, sql, console or ingest; `host` is where a terminal stood.
    """

    actor: str
    source: str
    host: str | None = None
