"""From `DB_DSN` to a database: which kind it is, and whether it can stand where it is put."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sql.database import Database
from sql.oslock import FileLock
from sql.sqlite import SqliteDatabase
from tidegate import __version__
from tidegate.clock import Clock
from tidegate.errors import ConfigError

FILE_NAME = "tidegate.sqlite"
_FORMS = "DB_DSN takes mssql+pyodbc://…, a raw ODBC string (DRIVER=…;SERVER=…), or sqlite:///PATH"
_MOVE = "put it on a local disk, or use SQL Server with DB_DSN"
_URL = re.compile(r"[a-z0-9_+]+://", re.IGNORECASE)
_RAW_ODBC = re.compile(r"(^|;)\s*(driver|server|dsn|filedsn)\s*=", re.IGNORECASE)
_SERVER_DRIVERS = {"mssql", "mssql+pyodbc"}
_FILE_DRIVERS = {"sqlite", "sqlite+pysqlite"}
# Their locks and shared memory do not reach from one machine to another: WAL corrupts there.
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs", "ceph", "glusterfs"}
_MOUNTS = Path("/proc/self/mounts")
_MAGIC = b"SQLite format 3\0"


def open_database(
    dsn: str | None, password: str | None, directory: Path | None, clock: Clock, role: str
) -> Database:
    """The database that `dsn` names, or without one the SQLite file in `directory`.

    Nothing is asked of a server yet; a SQLite file and its folder are made.

    Args:
        dsn: SQLAlchemy URL or raw ODBC string; it may hold a password, so no error repeats it.
        password: stands in for the one that `dsn` leaves out; SQLite has none.
        directory: where `tidegate.sqlite` lives.
        clock: gives SQLite the now of its transactions.
        role: names the connections on a server, as in `tidegate <role> <version>`.

    Raises:
        ConfigError: it cannot be read, or a file cannot be kept there.
    """
    if dsn is None or not dsn.strip():
        if directory is None:
            raise ConfigError("no database is named", next_step="set DB_DSN, or give --dir")
        return _file(directory / FILE_NAME, clock)
    if is_server(dsn):
        return _server(dsn, password, f"tidegate {role} {__version__}")
    return _file(_path_of(dsn), clock)


def network_filesystem(path: Path, mounts: str) -> str | None:
    """The kind of network file system that holds `path`, None where it is a local one.

    Args:
        path: absolute.
        mounts: the text of `/proc/self/mounts`.
    """
    kinds = {
        PurePosixPath(fields[1].replace("\\040", " ")): fields[2]
        for fields in map(str.split, mounts.splitlines())
        if len(fields) > 2
    }
    holders = [
        kinds[place] for place in map(PurePosixPath, (path, *path.parents)) if place in kinds
    ]
    return holders[0] if holders and holders[0] in _NETWORK else None


def is_server(dsn: str) -> bool:
    """Whether `dsn` names a server, not a file. Raises `ConfigError` where it cannot be read."""
    if _URL.match(dsn):
        return _driver_of(dsn) in _SERVER_DRIVERS
    if _RAW_ODBC.search(dsn):
        return True
    raise ConfigError("DB_DSN cannot be read", next_step=_FORMS)


def _driver_of(dsn: str) -> str:
    try:
        name = make_url(dsn).drivername
    except (ArgumentError, ValueError):
        raise ConfigError("DB_DSN cannot be read", next_step=_FORMS) from None
    if name not in _SERVER_DRIVERS | _FILE_DRIVERS:
        raise ConfigError(f"DB_DSN names {name}, which is not supported", next_step=_FORMS)
    return name


def _server(dsn: str, password: str | None, app: str) -> Database:
    from sql.mssql import MssqlDatabase

    # No clock: on a server the now of a transaction is the server's own.
    return MssqlDatabase(dsn, password, None, app)


def _path_of(dsn: str) -> Path:
    url = make_url(dsn)
    if url.host or url.query:
        raise ConfigError("DB_DSN names SQLite with more than a path", next_step=_FORMS)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigError(
            "SQLite needs a file: what is in memory alone would not be durable", next_step=_FORMS
        )
    return Path(url.database)


def _file(path: Path, clock: Clock) -> Database:
    if str(path).startswith(("//", "\\\\")):
        raise ConfigError(f"{path} is on a network share", next_step=_MOVE)
    path = path.expanduser().absolute()
    kind = network_filesystem(path.resolve(), _MOUNTS.read_text()) if _MOUNTS.exists() else None
    if kind is not None:
        raise ConfigError(f"{path} is on a network file system ({kind})", next_step=_MOVE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        start = _start_of(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}",
            next_step="name a folder that this user may write to, with --dir or DB_DSN",
        ) from error
    if start not in (b"", _MAGIC):
        raise ConfigError(f"{path} is not a SQLite file", next_step="name another file")
    if not start:
        _begin_log(path)
    return SqliteDatabase(path, clock)


def _begin_log(path: Path) -> None:
    # Of two connections that turn a new file to WAL at once, SQLite refuses one without waiting.
    lock = FileLock(path.with_name(path.name + ".turn"))
    lock.acquire()
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    finally:
        lock.close()


def _start_of(path: Path) -> bytes:
    # It will hold what customers sent: nobody but its owner reads it.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return os.read(descriptor, len(_MAGIC))
    finally:
        os.close(descriptor)
