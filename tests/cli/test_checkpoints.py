"""The leader brings SQLite's log into its file while it has nothing else to do."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.duties import checkpoints
from sql.sqlite import SqliteDatabase
from sql.term import Term
from tidegate.clock import ManualClock

TERM = Term("sync", 1, "token")


def in_the_file(path: Path) -> bool:
    """Whether the table is there without the log beside it."""
    alone = path.with_name("alone.sqlite")
    shutil.copy(path, alone)
    with closing(sqlite3.connect(alone)) as connection:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'fresh'").fetchall()
    return bool(found)


@pytest.mark.parametrize("running", [0, 1])
def test_the_log_is_brought_in_by_an_idle_leader_alone(tmp_path: Path, running: int) -> None:
    path = tmp_path / "tidegate.sqlite"
    db = SqliteDatabase(path, ManualClock())
    (duty,) = checkpoints(db, lambda: running)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE fresh (id INTEGER)")
    assert not in_the_file(path)
    assert duty.run(TERM) is False
    assert in_the_file(path) is (running == 0)
    db.close()
