"""`db backup`: SQLite is copied while it is in use; a server writes its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sql.database import Database
from sql.sqlite import SqliteDatabase
from tidegate.errors import ConfigError, StoreUnavailable

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, and finds there again, whose ever it was."""

_NEXT = "name another file, or give --force"


def backup(db: Database, file: Path, *, force: bool = False) -> int:
    """Copy a SQLite database into `file`, whole and checked; its size in bytes.

    It appears under its name only once it is whole.

    Raises:
        ConfigError: the file is there, is in use, or cannot be written.
        StoreUnavailable: what was written does not read back.
    """
    if not isinstance(db, SqliteDatabase):
        raise ConfigError("only the server can write its backup", next_step=statement(db, file))
    if file.exists() and not force:
        raise ConfigError(f"{file} is there already", next_step=_NEXT)
    if file.resolve() == db.path.resolve():
        raise ConfigError(f"{file} is the database itself", next_step="name another file")
    if file.exists() and _in_use(file):
        raise ConfigError(f"{file} is in use by another program", next_step="name another file")
    part = file.with_name(f"{file.name}.part")
    try:
        _forget_beside(part)
        # It holds what customers sent: nobody but its owner reads it.
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(db.path, part)
        _check(part)
        # Before it has its name: SQLite would take what it finds there for this file's own.
        _forget_beside(file)
        os.replace(part, file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}", next_step=_NEXT) from error
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the backup failed: {error}", next_step=_NEXT) from error
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def statement(db: Database, file: Path) -> str:
    """The T-SQL that backs up the database that `db` is connected to."""
    name = db.read("install/where", {})["place"][0]["database_name"].replace("]", "]]")
    path = str(file).replace("'", "''")
    return f"BACKUP DATABASE [{name}] TO DISK = N'{path}' WITH CHECKSUM, COMPRESSION, COPY_ONLY;"


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        # In one go: it reads one state while others go on writing. In parts it would begin anew
        # with each commit.
        old.backup(new)
        # One file, that may be read where nothing may be written beside it.
        new.execute("PRAGMA journal_mode = DELETE")


def _in_use(file: Path) -> bool:
    """Whether a program has the database open; what is no database is no program's."""
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as there:
        try:
            there.execute("PRAGMA locking_mode = EXCLUSIVE")
            there.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        except sqlite3.DatabaseError:
            return False
    return False


def _forget_beside(file: Path) -> None:
    for end in _BESIDE:
        file.with_name(f"{file.name}{end}").unlink(missing_ok=True)


def _check(file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise StoreUnavailable(f"the backup is damaged: {found}", next_step="look at the disk")
