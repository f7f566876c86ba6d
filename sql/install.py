"""Where a database lives: on which server, under which name, in which ENVIRONMENT.

What is copied or restored finds itself elsewhere, and two that write to one ERP are worse than
none: a writing role that starts at another place than was kept refuses until a person has said what
the database is there (`ops.adoption`).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sql.database import Database, Row
from sql.sqlite import SqliteDatabase
from tidegate.errors import ConfigError, Conflict

CONTAINER = "a container"
"""Stands for the host's name in a container, which gets another with each start."""

SILENT = "this is a copy of another database; tidegate subscriptions enable NAME lets it be told"
"""Why a subscription of a copy is off."""

_IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is. `file`: its name is a path, in which capitals count."""

    server: str
    database: str
    environment: str
    file: bool

    def same(self, other: Place) -> bool:
        """Whether both are one place; servers, and databases on them, have names without case."""
        return self._key() == other._key()

    def _key(self) -> tuple[str, str, str]:
        database = self.database if self.file else self.database.casefold()
        return self.server.casefold(), database, self.environment

    def text(self) -> str:
        """For people."""
        return f"{self.database} on {self.server} (ENVIRONMENT={self.environment})"


def host(environ: Mapping[str, str] = os.environ) -> str:
    """This machine, for a file's sake: without its domain, which moves with the network."""
    if "KUBERNETES_SERVICE_HOST" in environ or any(each.exists() for each in _IN_CONTAINER):
        return CONTAINER
    return platform.node().partition(".")[0] or "localhost"


def place_of(db: Database, environment: str) -> Place:
    """Where `db` is now. Raises `StoreError`."""
    file = isinstance(db, SqliteDatabase)
    said = {"server": "", "database_name": ""}
    if isinstance(db, SqliteDatabase):
        said = {"server": host(), "database_name": str(db.path.resolve())}
    found = db.read("install/where", said)["place"][0]
    return Place(found["server"], found["database_name"], environment, file)


def kept(db: Database) -> Row | None:
    """What the database says of itself; None before the first start."""
    found = db.read("install/look", {})["install"]
    return found[0] if found else None


def check(db: Database, here: Place, new_uuid: str, how: str = "") -> None:
    """Keep `here` as the database's home if it has none; raise `ConfigError` if that is elsewhere.

    Args:
        new_uuid: the installation's, if it is born now.
        how: options that name this database to `tidegate db adopt`.
    """
    if kept(db) is None:
        born = {"server": here.server, "database_name": here.database}
        # Of two roles that start at once the slower one may be told so.
        with suppress(Conflict):
            db.run("install/born", born | {"uuid": new_uuid, "environment": here.environment})
    home = kept(db)
    if home is None:
        return
    there = Place(home["server"], home["database_name"], home["environment"], here.file)
    if not there.same(here):
        raise ConfigError(
            f"this database was at home in {there.text()}, and is now in {here.text()}; "
            "should both run, both write to the ERP",
            next_step=_choices(here, how),
        )


def _choices(here: Place, how: str) -> str:
    command = f"tidegate db adopt{' ' if how else ''}{how} --environment {here.environment}"
    lines = (
        "say what it is here, with one of",
        f"{command} --as moved      the old one is gone for good, nothing was lost",
        f"{command} --as copy       the old one goes on; here nothing is sent until you say so",
        f"{command} --as restored --last-good TIME      from a backup of TIME (UTC)",
    )
    return "\n        ".join(lines)
