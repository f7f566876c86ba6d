"""The seam between the stores and a database: run a named script with one document.

A document holds scalars and lists of rows; what a script makes of it is one transaction. All that
differs per database is behind this protocol, and so is the place where simulation makes calls fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Engine

Document: TypeAlias = Mapping[str, Any]
Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = dict[str, list[Row]]


class Database(Protocol):
    """One database, used by several threads at once."""

    @property
    def engine(self) -> Engine:
        """For DDL and free-form reads."""
        ...

    def run(self, name: str, doc: Document) -> Rows:
        """One transaction, committed when this returns.

        Raises `Deposed`, `Conflict`, `StoreBusy`, `Unstorable` (nothing was written), or
        `StoreUnavailable`; `CommitUnknown` where it may have been written.
        """
        ...

    def read(self, name: str, doc: Document) -> Rows:
        """Rows as they are committed; nothing is written. Raises as `run` does."""
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...
