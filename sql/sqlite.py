"""SQLite: one writer with turns, readers beside it, every commit on disk (FULL).

A process frozen inside its transaction stops every writer until it wakes or dies; nothing is lost.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from sql.database import Document, Rows
from sql.faults import of_sqlite
from sql.many import run_many
from sql.named import Part, parts
from sql.turn import Turn
from tidegate.clock import Clock
from tidegate.errors import Conflict, Deposed, StoreBusy, StoreUnavailable

BUSY_S = 4
"""Seconds to wait for a lock that somebody else's program holds; our own writers take turns."""

READS = "tidegate_reads"
"""Execution option of a connection that only reads, and so takes no writer's lock."""

# The module itself raises the last two: half a surrogate pair, an integer beyond 64 bits.
_FAULTS = (sqlite3.Error, UnicodeEncodeError, OverflowError)

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_S * 1000}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",
    "PRAGMA journal_size_limit = 67108864",
    # 16 MB: what many batches change is written back once, and not with every few of them.
    "PRAGMA wal_autocheckpoint = 4000",
)
_TEMP = (
    "CREATE TEMP TABLE IF NOT EXISTS picked (id INTEGER PRIMARY KEY, runs INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS freed (key_id INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE IF NOT EXISTS merged (id INTEGER PRIMARY KEY, by_id INTEGER)",
)


def stamp(moment: datetime) -> str:
    """An instant as it is kept: UTC, microseconds, fixed width."""
    # Not strftime: it takes four times as long, and there are several to a row.
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _after(now: str | None, seconds: float | None) -> str | None:
    if now is None or seconds is None:
        return None
    moment = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    return moment.isoformat(" ", "microseconds")


def _seconds_between(later: str | None, earlier: str | None) -> float | None:
    if later is None or earlier is None:
        return None
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def _sha256(value: str | None) -> bytes | None:
    return None if value is None else hashlib.sha256(value.encode()).digest()


def seal_hash(before: bytes, rows_hash: bytes, seq: int, epoch: int, kind: str) -> bytes:
    """The next link of the chain; SQL Server computes the same in T-SQL.

    Digests stand in its text as four signed 64-bit numbers each: the one form that every server
    can spell, hexadecimal styles included or not.
    """
    text = f"{_words(before)}|{_words(rows_hash)}|{seq}|{epoch}|{kind}"
    return hashlib.sha256(text.encode()).digest()


def _words(digest: bytes) -> str:
    parts = (digest[at : at + 8] for at in range(0, 32, 8))
    return ",".join(str(int.from_bytes(part, "big", signed=True)) for part in parts)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_scalar(value: object) -> bool:
    return not (isinstance(value, list) and value and isinstance(value[0], dict))


def _scalar(value: Any) -> Any:
    """Lists of digests travel joined, other lists as JSON."""
    if not isinstance(value, list):
        return value
    return b"".join(value) if value and isinstance(value[0], bytes) else json.dumps(value)


def _prepare(connection: Any, _record: object) -> None:
    # SQLAlchemy and sqlite3 must leave BEGIN to us: a deferred one cannot be upgraded in WAL.
    connection.isolation_level = None
    for statement in (*_PRAGMAS, *_TEMP):
        connection.execute(statement)
    connection.create_function("after", 2, _after, deterministic=True)
    connection.create_function("seconds_between", 2, _seconds_between, deterministic=True)
    connection.create_function("sha256", 1, _sha256, deterministic=True)
    connection.create_function("seal_hash", 5, seal_hash, deterministic=True)


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def sqlite_engine(path: Path) -> Engine:
    """An engine whose connections begin when we say so."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "timeout": BUSY_S, "cached_statements": 512},
    ).execution_options(schema_translate_map={"tidegate": None})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


class SqliteDatabase:
    """`Database` on one file.

    Args:
        path: the database file; side files for locks stand beside it.
        clock: gives the one now of each transaction.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._engine = sqlite_engine(path)
        self._turn = Turn(path.with_name(path.name + ".turn"))
        self._writer: sqlite3.Connection | None = None
        self._hasty: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def engine(self) -> Engine:
        return self._engine

    def run(self, name: str, doc: Document) -> Rows:
        scalars = self._scalars(doc)
        with self._turn.taken():
            return self._commit(self._write_connection, name, doc, scalars)

    @contextmanager
    def at_once(self) -> Iterator[AtOnce]:
        """Reads and transactions that wait for nobody, for one thread that must not stand still.

        Raises `StoreBusy` where anybody has the turn or the file.
        """
        with self._turn.taken_at_once() as mine:
            if not mine:
                raise StoreBusy("another writer has its turn")
            yield AtOnce(self)

    def read(self, name: str, doc: Document) -> Rows:
        scalars = self._scalars(doc) | {"now": stamp(self._clock.now())}
        found: Rows = {"now": [{"now": scalars["now"]}]}
        self._check_file()
        try:
            pooled = self._engine.raw_connection()
        except Exception as error:
            raise StoreUnavailable(f"SQLite: {error}") from error
        try:
            connection: Any = pooled.driver_connection
            for part in parts(name):
                _execute(connection, part, doc, scalars, found)
        except _FAULTS as error:
            raise of_sqlite(error) from error
        finally:
            pooled.close()
        return found

    def checkpoint(self) -> None:
        """Bring the log's pages into the file, as far as nobody is kept waiting by it."""
        self._check_file()
        try:
            pooled = self._engine.raw_connection()
            try:
                pooled.execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                pooled.close()
        except _FAULTS as error:
            raise of_sqlite(error) from error

    def close(self) -> None:
        for connection in (self._writer, self._hasty):
            if connection is not None:
                connection.close()
        self._writer = self._hasty = None
        self._engine.dispose()
        self._turn.close()

    def _check_file(self) -> None:
        # An open file goes on without its name: commits to it would vanish with the process.
        found = _identity(self.path)
        if self._identity is None:
            self._identity = found
        elif found != self._identity:
            raise StoreUnavailable(
                "the database file was moved, removed or replaced while in use",
                next_step=f"put {self.path} back, or stop Tidegate before another takes its place",
            )

    def _scalars(self, doc: Document) -> dict[str, Any]:
        return {key: _scalar(value) for key, value in doc.items() if _is_scalar(value)} | {
            f"{key}_n": len(value) for key, value in doc.items() if isinstance(value, list)
        }

    def _commit(
        self,
        connection: Callable[[], sqlite3.Connection],
        name: str,
        doc: Document,
        scalars: dict[str, Any],
    ) -> Rows:
        # The transaction's now is taken when its turn has come, as a server would.
        scalars["now"] = stamp(self._clock.now())
        scalars |= {key: value(scalars["now"]) for key, value in doc.items() if callable(value)}
        self._check_file()
        try:
            found = self._transaction(connection(), name, doc, scalars)
        except _FAULTS as error:
            raise of_sqlite(error) from error
        self._check_file()
        return found

    def _write_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = self._connected()
        return self._writer

    def _hasty_connection(self) -> sqlite3.Connection:
        if self._hasty is None:
            connection = self._connected()
            connection.execute("PRAGMA busy_timeout = 0")
            self._hasty = connection
        return self._hasty

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, check_same_thread=False, timeout=BUSY_S, cached_statements=512
        )
        _prepare(connection, None)
        return connection

    def _transaction(
        self, connection: sqlite3.Connection, name: str, doc: Document, scalars: dict[str, Any]
    ) -> Rows:
        found: Rows = {"now": [{"now": scalars["now"]}]}
        connection.execute("BEGIN IMMEDIATE")
        try:
            for part in parts(name):
                _execute(connection, part, doc, scalars, found)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return found


@dataclass(frozen=True, slots=True)
class AtOnce:
    """A `SqliteDatabase` within its turn, on a connection that never waits for a lock."""

    _db: SqliteDatabase

    def run(self, name: str, doc: Document) -> Rows:
        """As `Database.run`."""
        db = self._db
        return db._commit(db._hasty_connection, name, doc, db._scalars(doc))

    def read(self, name: str, doc: Document) -> Rows:
        """As `Database.read`."""
        db = self._db
        scalars = db._scalars(doc) | {"now": stamp(db._clock.now())}
        found: Rows = {"now": [{"now": scalars["now"]}]}
        db._check_file()
        try:
            for part in parts(name):
                _execute(db._hasty_connection(), part, doc, scalars, found)
        except _FAULTS as error:
            raise of_sqlite(error) from error
        return found


def _execute(
    connection: sqlite3.Connection, part: Part, doc: Document, scalars: dict[str, Any], found: Rows
) -> None:
    given = {**part.optional, **scalars} if part.optional else scalars
    if part.verb == "each":
        rows = doc.get(part.argument) or []
        if rows:
            changed = run_many(connection, part.sql, rows, given)
            if part.exact and changed != len(rows):
                raise Conflict(f"{part.argument}: {changed} of {len(rows)} rows matched")
        return
    if part.wants and not doc.get(part.wants):
        found[part.argument] = []
        return
    cursor = connection.execute(part.sql, given)
    if part.verb == "rows":
        names = [column[0] for column in cursor.description]
        found[part.argument] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    elif part.verb == "fence" and not cursor.fetchall():
        raise Deposed("another term leads")
