"""A sealed record that is written once, and a copy of it for each test that damages it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sql.database import Row
from sql.sqlite import SqliteDatabase
from sql.term import Term
from tests.processor.bench import House
from tidegate.clock import ManualClock


class Record:
    """A copy of a house's database in `folder`."""

    def __init__(self, written: Path, folder: Path) -> None:
        file = folder / "tidegate.sqlite"
        shutil.copy(written, file)
        self.clock = ManualClock()
        self.clock.advance(86_400.0)
        self.db = SqliteDatabase(file, self.clock)

    @property
    def term(self) -> Term:
        """The one that wrote it; nobody has led since."""
        row = self.rows("SELECT epoch, token FROM leader WHERE name = 'sync'")[0]
        return Term("sync", row["epoch"], row["token"])

    def rows(self, sql: str, *given: Any) -> list[Row]:
        with self.db.engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(sql, given).mappings()]

    def execute(self, sql: str, *given: Any) -> None:
        with self.db.engine.begin() as connection:
            connection.exec_driver_sql(sql, given)

    def close(self) -> None:
        self.db.close()


def three(house: House) -> None:
    """An event of each of three keys, done."""
    for key in "ABC":
        house.post(key)
    house.run(10)


def written(folder: Path, live: Callable[[House], object]) -> Path:
    """The file of a house that has lived."""
    with closing(House(folder)) as house:
        live(house)
    return folder / "tidegate.sqlite"
