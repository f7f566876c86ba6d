"""SQL Server: one script is one batch, one round trip, one transaction that ends on the server.

The batch travels as a call of `sp_executesql` with a literal text and two parameters, the document
as JSON and its bytes. With plain parameters the driver prepares, and a large document would cost
three round trips: `sp_prepare`, `sp_execute`, `sp_unprepare`. Connections are in autocommit: a
client that freezes holds no transaction, and so no lock.

Batches read a text from the document one character wider than its column: OPENJSON cuts what is
too long without a word, the column refuses it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Engine, NullPool, QueuePool, create_engine
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import PoolProxiedConnection

from sql import odbc, standin
from sql.database import Document, Row, Rows
from sql.faults import is_gone, of_odbc
from sql.named import batch
from sql.packing import packed
from sql.sqlite import stamp
from tidegate.clock import Clock
from tidegate.errors import CommitUnknown, Deposed, StoreError, StoreUnavailable, Unstorable

POOL_SIZE = 8
_RECYCLE_S = 1500  # Azure closes what has been idle for 30 minutes.
_PARAMETERS = "N'@P1 nvarchar(max), @P2 varbinary(max)', ?, ?"


@cache
def call(name: str) -> tuple[str, tuple[str, ...]]:
    """The statement that runs the batch `name`, and the names of its result sets."""
    sql, names = batch(name)
    quoted = sql.replace("'", "''")
    return "{CALL sp_executesql(N'" + quoted + "', " + _PARAMETERS + ")}", names


class MssqlDatabase:
    """`Database` on SQL Server.

    Args:
        dsn: SQLAlchemy URL or raw ODBC string.
        password: for a login whose password `dsn` leaves out.
        clock: stands in for the server's, in tests and simulation; None everywhere else.
        app: what connections are called on the server, as in `tidegate <role> <version>`.

    Raises:
        ConfigError: `dsn` cannot be read, or the driver is not installed.
    """

    dialect = "mssql"

    def __init__(self, dsn: str, password: str | None, clock: Clock | None, app: str) -> None:
        self._odbc = odbc.odbc_string(dsn, password, app)
        self._app = app
        self._clock = clock
        self._driver = odbc.driver()
        self._sizes = [(self._driver.SQL_WVARCHAR, 0, 0), (self._driver.SQL_VARBINARY, 0, 0)]
        self._stand_in: bool | None = None
        self._pool = self._new_pool()
        # Migrations want transactions that Python ends; what runs batches must have none.
        self._engine = create_engine(
            "mssql+pyodbc://",
            creator=lambda: odbc.connect(self._odbc, autocommit=False),
            poolclass=NullPool,
        )

    @property
    def engine(self) -> Engine:
        return self._engine

    def session(self, purpose: str = "", **extra: str) -> Any:
        """A connection in autocommit that no pool will ever lend.

        Args:
            purpose: comes behind the name that connections have on the server.
            extra: keywords of the connection string.
        """
        app = f"{self._app} {purpose}".strip()
        return odbc.connect(odbc.odbc_string(self._odbc, None, app, **extra))

    def packed(self, doc: Document) -> tuple[str, bytes]:
        """A document as this server takes it; known once it has been asked anything."""
        now = stamp(self._clock.now()) if self._clock else None
        return packed(doc, now, standin.THERE if self._stand_in else None)

    def run(self, name: str, doc: Document) -> Rows:
        return self._call(name, doc, writes=True)

    def read(self, name: str, doc: Document) -> Rows:
        return self._call(name, doc, writes=False)

    def close(self) -> None:
        self._pool.dispose()
        self._engine.dispose()

    def _call(self, name: str, doc: Document, *, writes: bool) -> Rows:
        statement, names = call(name)
        pooled = self._checked_out()
        try:
            values = self.packed(doc)
            return self._executed(pooled.driver_connection, statement, names, values)
        except (Deposed, Unstorable):
            raise
        except self._driver.Error as error:
            raise self._fault(pooled, error, writes) from error
        except BaseException:
            pooled.invalidate()
            raise
        finally:
            pooled.close()

    def _executed(
        self, connection: Any, statement: str, names: tuple[str, ...], values: tuple[str, bytes]
    ) -> Rows:
        cursor = connection.cursor()
        try:
            cursor.setinputsizes(self._sizes)
            cursor.execute(statement, *values)
            return _read(cursor, names, bool(self._stand_in))
        finally:
            cursor.close()

    def _checked_out(self) -> PoolProxiedConnection:
        try:
            return self._pool.connect()
        except NoneFree as error:
            raise StoreUnavailable("every connection is in use", next_step="try again") from error

    def _fault(self, pooled: PoolProxiedConnection, error: Any, writes: bool) -> StoreError:
        fault = of_odbc(error)
        if is_gone(error):
            pooled.invalidate(error)
            self._drop_idle()
            if writes:
                return CommitUnknown(str(fault), next_step=fault.next_step)
        elif not _rolled_back(pooled.driver_connection, self._driver):
            pooled.invalidate(error)
        return fault

    def _drop_idle(self) -> None:
        # After a failover every idle connection is as dead as this one.
        old, self._pool = self._pool, self._new_pool()
        old.dispose()

    def _new_pool(self) -> QueuePool:
        return QueuePool(
            self._connected,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            recycle=_RECYCLE_S,
            reset_on_return=None,
        )

    def _connected(self) -> Any:
        connection = odbc.connect(self._odbc)
        connection.add_output_converter(self._driver.SQL_GUID, _uuid)
        if self._stand_in is None:
            self._stand_in = _is_stand_in(connection, self._driver)
        return connection


def _is_stand_in(connection: Any, driver: Any) -> bool:
    try:
        return connection.execute(standin.ASK).fetchval() is not None
    except driver.Error as error:
        connection.close()
        raise of_odbc(error) from error


def _rolled_back(connection: Any, driver: Any) -> bool:
    """XACT_ABORT has seen to it already; a lock that outlives a batch is worth the asking."""
    try:
        connection.execute("IF @@TRANCOUNT > 0 ROLLBACK").close()
    except driver.Error:
        return False
    return True


def _read(cursor: Any, names: tuple[str, ...], stand_in: bool) -> Rows:
    found: Rows = {}
    for name in names:
        while cursor.description is None:
            if not cursor.nextset():
                raise StoreError(f"the batch ended before its result set {name}")
        rows = _rows(cursor, _CONVERTED_THERE if stand_in else _CONVERTED)
        if name != "fence":
            found[name] = rows
        elif not rows:
            raise Deposed("another term leads")
        cursor.nextset()
    while cursor.nextset():
        pass  # an error after the last result set is raised from here
    return found


def _rows(cursor: Any, converted: Mapping[type, Callable[[Any], Any]]) -> list[Row]:
    described = cursor.description
    columns = [column[0] for column in described]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for name, kind, *_ in described:
        convert = converted.get(kind)
        if convert is not None:
            for row in rows:
                if row[name] is not None:
                    row[name] = convert(row[name])
    return rows


def _uuid(raw: bytes) -> str:
    return str(uuid.UUID(bytes_le=raw))


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


_CONVERTED: dict[type, Callable[[Any], Any]] = {
    datetime: lambda value: value.isoformat(" ", "microseconds"),
    bool: int,
    Decimal: _number,
}
"""What SQLite would have given, by the driver's type of a column."""

_CONVERTED_THERE = _CONVERTED | {str: lambda value: value.translate(standin.BACK)}
