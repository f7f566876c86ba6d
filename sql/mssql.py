"""SQL Server through pyodbc: a named script is one batch, one round trip, one transaction.

Connections are in autocommit; each batch brings its own `BEGIN TRAN … COMMIT`, and its results are
selected after the COMMIT. So a client that freezes, or does not read, holds no lock.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

from sql.database import Document, Rows
from sql.encode import encode
from sql.faults import is_gone, of_odbc
from sql.named import batch
from sql.sqlite import stamp
from tidegate.clock import Clock
from tidegate.errors import CommitUnknown, ConfigError, StoreUnavailable

QUERY_TIMEOUT = 30
"""Seconds that one batch may take."""

LOGIN_TIMEOUT = 5
_UUIDS = frozenset({"uuid", "event_uuid", "newest", "event"})


def driver() -> Any:
    """pyodbc, with its own pooling off: it would keep a session, and its locks, after a close."""
    try:
        import pyodbc
    except ImportError as error:
        raise ConfigError(
            f"pyodbc cannot be loaded: {error}",
            next_step="install unixODBC (Debian: libodbc2) and Microsoft's ODBC Driver 18",
        ) from error
    pyodbc.pooling = False
    return pyodbc


def url_of(dsn: str, password: str | None, app: str, **options: str) -> URL:
    """A SQLAlchemy URL from a URL or a raw ODBC string. Raises `ConfigError`."""
    if "://" not in dsn:
        parts = {"APP": app, **({"PWD": password} if password else {}), **options}
        raw = dsn.rstrip(";") + "".join(f";{k}={_quoted(v)}" for k, v in parts.items())
        return URL.create("mssql+pyodbc", query={"odbc_connect": raw})
    try:
        url = make_url(dsn)
    except ArgumentError as error:
        raise ConfigError(
            "DB_DSN is no URL that SQLAlchemy reads",
            next_step="mssql+pyodbc://USER@HOST/DATABASE?driver=ODBC+Driver+18+for+SQL+Server",
        ) from error
    if password:
        url = url.set(password=password)
    if "driver" not in {key.lower() for key in url.query}:
        url = url.update_query_dict({"driver": "ODBC Driver 18 for SQL Server"})
    return url.update_query_dict({"APP": app, **options})


def _quoted(value: str) -> str:
    return "{" + value.replace("}", "}}") + "}" if set(value) & set(";{}= ") else value


class MssqlDatabase:
    """`Database` on SQL Server 2016 or newer, or on Azure SQL.

    Args:
        dsn: SQLAlchemy URL or raw ODBC string.
        password: beside it, so that the DSN may be shown.
        clock: replaces the server's now in every batch; for tests alone.
        app: how connections name themselves to the DBA.
    """

    dialect = "mssql"

    def __init__(
        self, dsn: str, password: str | None, clock: Clock | None = None, app: str = "tidegate"
    ) -> None:
        self._driver = driver()
        self._clock = clock
        self.dsn, self.password, self.app = dsn, password, app
        self._engine = create_engine(
            url_of(dsn, password, app),
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=8,
            pool_timeout=QUERY_TIMEOUT,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": LOGIN_TIMEOUT},
        )
        event.listen(self._engine, "connect", _limit)

    @property
    def engine(self) -> Engine:
        return self._engine

    def run(self, name: str, doc: Document) -> Rows:
        return self._batch(name, doc, writes=True)

    def read(self, name: str, doc: Document) -> Rows:
        return self._batch(name, doc, writes=False)

    def close(self) -> None:
        self._engine.dispose()

    def lock_engine(self) -> Engine:
        """For the leader's lock: unpooled, and never reconnected behind our back."""
        return create_engine(
            url_of(self.dsn, self.password, f"{self.app} lock", ConnectRetryCount="0"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": LOGIN_TIMEOUT},
        )

    def _batch(self, name: str, doc: Document, *, writes: bool) -> Rows:
        sql, names = batch(name)
        if self._clock is not None:
            doc = {**doc, "now": stamp(self._clock.now())}
        pooled = self._connection()
        try:
            return self._executed(pooled.driver_connection, sql, names, encode(doc))
        except self._driver.Error as error:
            fault = of_odbc(error)
            if isinstance(fault, StoreUnavailable) and is_gone(error):
                pooled.invalidate()
                # The batch holds its COMMIT: once it was sent, nobody knows.
                raise (CommitUnknown(str(fault)) if writes else fault) from error
            raise fault from error
        finally:
            pooled.close()

    def _connection(self) -> Any:
        try:
            return self._engine.raw_connection()
        except self._driver.Error as error:
            raise of_odbc(error) from error
        except Exception as error:
            cause = error.__cause__ or error
            if isinstance(cause, self._driver.Error):
                raise of_odbc(cause) from error
            raise StoreUnavailable(str(error)) from error

    def _executed(
        self, connection: Any, sql: str, names: tuple[str, ...], parameters: tuple[str, bytes]
    ) -> Rows:
        cursor = connection.cursor()
        try:
            # (type, 0, 0) binds nvarchar(max) and varbinary(max): one plan for any length.
            wide = [(self._driver.SQL_WVARCHAR, 0, 0), (self._driver.SQL_VARBINARY, 0, 0)]
            cursor.setinputsizes(wide)
            cursor.execute(sql, parameters)
            found: Rows = {}
            for name in names:
                while cursor.description is None and cursor.nextset():
                    pass
                columns = [column[0] for column in cursor.description]
                found[name] = [_row(columns, row) for row in cursor.fetchall()]
                cursor.nextset()
            while cursor.nextset():
                pass
            return found
        finally:
            cursor.close()


def _limit(connection: Any, _record: object) -> None:
    connection.timeout = QUERY_TIMEOUT


def _row(columns: list[str], row: Any) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in zip(columns, row, strict=True)}


def _plain(name: str, value: Any) -> Any:
    """A value as SQLite would give it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    return value.lower() if name in _UUIDS and isinstance(value, str) else value
