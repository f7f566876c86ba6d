"""A far side on a file, and the module of a user's functions that works on it in child processes.

The functions stand in a text since they run in another interpreter, which has nothing of ours.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from erp.legacy.child import Start
from erp.legacy.python import LegacyPython
from tests.e2e.wait import eventually
from tidegate.config_legacy import LegacyCommand

LATE_S = 0.6
FUNCTIONS = '''
import json, os, sqlite3, subprocess, sys, threading
from pathlib import Path

HERE = Path(__file__).parent

LATE = """
import sys, threading
sys.path.insert(0, sys.argv[1])
threading.Event().wait(float(sys.argv[2]))
import my_erp, json
my_erp.write(json.loads(sys.argv[3]))
(my_erp.HERE / "late_done").write_text("")
"""


def books():
    return sqlite3.connect(HERE / "books.db", timeout=10, isolation_level=None)


def shown(key):
    with books() as db:
        row = db.execute("SELECT value FROM record WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else None


def write(command):
    """False where this effect key was written before."""
    with books() as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            db.execute("INSERT INTO effect (effect_key) VALUES (?)", (command["effect_key"],))
        except sqlite3.IntegrityError:
            db.execute("ROLLBACK")
            return False
        value = json.dumps(command["values"], default=str)
        db.execute("INSERT OR REPLACE INTO record VALUES (?, ?)", (command["key"], value))
        db.execute("COMMIT")
    return True


def fault():
    try:
        found = (HERE / "fault").read_text()
        os.unlink(HERE / "fault")
    except FileNotFoundError:
        return ""
    return found


def change(command):
    how = fault()
    if command["values"].get("name") == "refused":
        return {"rejected": "the vendor is blocked", "code": "Blocked"}
    if how == "refuse":
        return {"retry": "the books are locked", "code": "Locked", "after": 3}
    if how == "drop_before":
        os._exit(9)
    if how == "late":
        args = [str(HERE), (HERE / "late_s").read_text(), json.dumps(command)]
        subprocess.Popen([sys.executable, "-c", LATE, *args], start_new_session=True)
        threading.Event().wait(60)
    old = shown(command["key"])
    wrote = write(command)
    if how == "drop_after":
        os._exit(9)
    return {"old": old, "new": shown(command["key"]), "found": not wrote}


def is_there(command):
    value = shown(command["key"])
    return {"new": value} if value == command["values"] else False
'''


class Books:
    """The far side's file, seen from the test.

    Args:
        folder: where the file and the user's module go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "my_erp.py").write_text(FUNCTIONS)
        (folder / "late_s").write_text(str(LATE_S))
        with closing(self._open()) as db, db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE effect (effect_key TEXT PRIMARY KEY)")
            db.execute("CREATE TABLE record (key TEXT PRIMARY KEY, value TEXT)")

    def count(self, effect: UUID) -> int:
        """How often it took effect."""
        with closing(self._open()) as db:
            found = db.execute("SELECT count(*) FROM effect WHERE effect_key = ?", (str(effect),))
            return int(found.fetchone()[0])

    def until(self, effect: UUID) -> None:
        """Return when it has taken effect."""
        eventually("the effect", 10.0, lambda: self.count(effect) or None)

    def fault(self, how: str) -> None:
        """Spoil the next write."""
        (self.folder / "fault").write_text(how)

    def outlast(self) -> None:
        """Return when the late write has been tried; the file is free by then."""
        marker = self.folder / "late_done"
        eventually("the late write", 10.0, lambda: marker.exists() or None)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "books.db", timeout=10.0)


def adapter(
    folder: Path,
    commands: dict[str, dict[str, Any]],
    *,
    interpreter: str = sys.executable,
    timeout: float = 10.0,
    lanes: int = 2,
    environ: dict[str, str] | None = None,
) -> LegacyPython:
    """An adapter over the functions of a folder."""
    functions = {name: LegacyCommand.model_validate(each) for name, each in commands.items()}
    names = sorted({n for each in functions.values() for n in (each.call, each.probe) if n})
    surroundings = {"PATH": os.environ["PATH"], **(environ or {})}
    start = Start(interpreter, folder, names, surroundings, 20.0)
    return LegacyPython(start, functions, timeout=timeout, lanes=lanes)


def module(folder: Path, **functions: str) -> dict[str, dict[str, Any]]:
    """Write a module `mine` of one-parameter functions, and name each as a command."""
    head = "import json, os, signal, subprocess, sys, threading\nfrom decimal import Decimal\n"
    bodies = (f"def {name}(command):\n    {body}\n" for name, body in functions.items())
    (folder / "mine.py").write_text(head + "\n".join(bodies))
    return {name: {"call": f"mine:{name}"} for name in functions}


def said(path: Path) -> Any:
    """What a function left in a file."""
    return json.loads(path.read_text())
