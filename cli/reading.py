"""Opens the database for a verb that only reads: it makes no file and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.context import Context, load
from tidegate.errors import StoreUnavailable

if TYPE_CHECKING:
    from sql.database import Database, Rows


class Reader:
    """Named reads on a schema that this program understands."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def read(self, name: str, **values: Any) -> Rows:
        """The rows of a script.

        Raises `SchemaMismatch` with what to do where that is the reason, else `StoreError`.
        """
        from sql.migrate import check_version
        from sql.tables.base import SCHEMA_NO

        try:
            schema = self._db.read("events/ping", {})["schema"]
            if schema and schema[0]["schema_no"] == SCHEMA_NO:
                return self._db.read(name, values)
        except StoreUnavailable:
            # A missing table reads like a missing database; this tells them apart.
            check_version(self._db)
            raise
        check_version(self._db)
        return self._db.read(name, values)


@contextmanager
def reading(directory: Path | None) -> Iterator[Reader]:
    """The database of the settings, or of the folder; closed at the end."""
    with _opened(directory) as (_, db):
        yield Reader(db)


@contextmanager
def acting(directory: Path | None) -> Iterator[tuple[Context, Database]]:
    """The same for a verb that writes what anybody may. Raises `SchemaMismatch`."""
    from sql.migrate import check_version

    with _opened(directory) as (context, db):
        check_version(db)
        yield context, db


def must_be_there(context: Context) -> None:
    from sql.open import FILE_NAME

    path = context.directory / FILE_NAME
    if context.own_sqlite and not path.is_file():
        raise StoreUnavailable(
            f"there is no database at {path}",
            next_step="start one with tidegate up, or name another with --dir or DB_DSN",
        )


@contextmanager
def _opened(directory: Path | None) -> Iterator[tuple[Context, Database]]:
    context = load(directory, serves=False)
    must_be_there(context)
    with closing(context.open("cli")) as db:
        yield context, db
