"""Databases that come between the writer and its store, and a pipeline to write through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from sql.database import Database, Document, Row, Rows
from tidegate.adapter import Capability, Command
from tidegate.outcome import Applied, Finding, NotApplied, Rejected
from tidegate.testing import Pipeline


class Nothing:
    """An adapter for those who never drain."""

    commands: dict[str, Capability] = {}  # noqa: RUF012 - the port reads it only

    def apply(self, command: Command, effect_key: object) -> Applied | Rejected:
        return Applied()

    def probe(self, command: Command, effect_key: object) -> Finding:
        return NotApplied()

    def health(self) -> None: ...

    def close(self) -> None: ...


class Between:
    """A database that counts calls, and does something before a named one.

    Args:
        before: by script name; told the document, may raise or use the database itself.
    """

    def __init__(self, inner: Database, **before: Callable[[Document], None]) -> None:
        self.inner = inner
        self.before = before
        self.calls: list[str] = []

    @property
    def engine(self) -> Engine:
        return self.inner.engine

    def run(self, name: str, doc: Document) -> Rows:
        self._came(name, doc)
        return self.inner.run(name, doc)

    def read(self, name: str, doc: Document) -> Rows:
        self._came(name, doc)
        return self.inner.read(name, doc)

    def close(self) -> None:
        self.inner.close()

    def _came(self, name: str, doc: Document) -> None:
        self.calls.append(name)
        hook = self.before.get(name.rsplit("/", 1)[-1])
        if hook is not None:
            hook(doc)


def pipeline(folder: Path) -> Pipeline:
    """Inbox and queue in a new file."""
    return Pipeline(folder, Nothing())


def rows(db: Database, sql: str, *given: Any) -> list[Row]:
    """What a free-form read finds."""
    with db.engine.connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql, given).mappings()]
