"""What the simulation knows of the database, read on a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Oracle:
    """Reads what is committed, past every fault."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row

    def rows(self, sql: str, *given: Any) -> Sequence[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(sql, given).fetchall()

    def value(self, sql: str, *given: Any) -> Any:
        """The first column of the first row."""
        found = self._connection.execute(sql, given).fetchone()
        return found[0] if found else None

    def copy_to(self, path: Path) -> None:
        """A copy of the database as it is now."""
        target = sqlite3.connect(path)
        with target:
            self._connection.backup(target)
        target.close()

    def copy_from(self, path: Path) -> None:
        """The database becomes what the copy holds."""
        source = sqlite3.connect(path)
        source.backup(self._connection)
        source.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
