"""The migrations as Alembic knows them, in order.

Each is `pre` (the version before goes on working on what it leaves) or `post`, by its file's name.
Alembic is imported where it is used: most commands never need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, String, column, select, table

from sql.tables import SCHEMA_NO
from tidegate.errors import SchemaMismatch

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "alembic_version"
"""Where Alembic keeps the revision that a database is at."""

NEWEST = f"{SCHEMA_NO:04}"
"""This program's last revision. A start on it asks nothing of Alembic, whose import is long."""

UPGRADE = "tidegate db upgrade"

Phase = Literal["pre", "post"]


@dataclass(frozen=True, slots=True)
class Step:
    """One migration.

    `number` is the schema's once it is applied, `oldest_reader` the oldest program, by its
    `SCHEMA_NO`, that may run on it.
    """

    name: str
    revision: str
    oldest_reader: int

    @property
    def number(self) -> int:
        return int(self.revision)

    @property
    def phase(self) -> str:
        return self.name.split("_")[1]


def all_steps() -> list[Step]:
    """Every migration of this program, first to last."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    return [
        Step(PurePath(script.path).stem, script.revision, script.module.oldest_reader)
        for script in reversed(list(scripts.walk_revisions()))
    ]


def after(revision: str | None) -> list[Step] | None:
    """The migrations after `revision` (None: all of them), or None where it is unknown here."""
    if revision == NEWEST:
        return []
    steps = all_steps()
    if revision is None:
        return steps
    known = [step.revision for step in steps]
    return steps[known.index(revision) + 1 :] if revision in known else None


def chosen(pending: list[Step], phase: Phase | None) -> list[Step]:
    """Those of the pending migrations that belong to `phase`.

    `pre` ends before the first `post`, also where a release was left out: what comes after that may
    rest on it. `post` raises `SchemaMismatch` while a `pre` is pending before it.
    """
    first_post = next((i for i, step in enumerate(pending) if step.phase == "post"), len(pending))
    if phase == "post" and first_post:
        raise SchemaMismatch(
            f"{pending[0].name} has to be applied first", next_step=f"{UPGRADE} --phase pre"
        )
    return pending[:first_post] if phase == "pre" else pending


def revision_of(connection: Connection, schema: str | None) -> str | None:
    """The revision that a database is at, None before its first."""
    kept = table(VERSION_TABLE, column("version_num", String), schema=schema)
    return connection.execute(select(kept.c.version_num)).scalar_one_or_none()


def apply(connection: Connection, schema: str | None, now: Any, steps: Sequence[Step]) -> None:
    """Run them on `connection`, inside the transaction that it is in.

    Args:
        connection: to the database.
        schema: where the tables live, None on SQLite.
        now: dates the rows that they insert: a value, or the server's own expression.
        steps: the next ones, as `after` gives them.
    """
    from alembic import command

    config = _config()
    config.attributes.update(
        connection=connection, schema=schema, version_table=VERSION_TABLE, now=now
    )
    command.upgrade(config, steps[-1].revision)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "sql:migrations")
    return config
