"""From `DB_DSN` to what the ODBC driver is told: a SQLAlchemy URL, or a raw ODBC string."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sql.faults import of_odbc
from tidegate.errors import ConfigError

DRIVER = "ODBC Driver 18 for SQL Server"
LOGIN_S = 10
QUERY_S = 30

_URL = re.compile(r"[a-z0-9_+]+://", re.IGNORECASE)
_PLAIN = re.compile(r"[\w .,:/\\+-]*\Z")


def odbc_string(dsn: str, password: str | None, app: str, **extra: str) -> str:
    """The driver's connection string.

    Args:
        dsn: SQLAlchemy URL or raw ODBC string.
        password: for a login whose password `dsn` leaves out.
        app: names the connection on the server.
        extra: keywords that win over those of `dsn`, such as `database="master"`.

    Raises:
        ConfigError: `dsn` cannot be read; its text is not repeated, it may hold a password.
    """
    fields = _of_url(dsn) if _URL.match(dsn) else _parsed(dsn)
    if not fields.keys() & {"driver", "dsn", "filedsn"}:
        fields = {"driver": DRIVER} | fields
    if password is not None and "uid" in fields and not fields.get("pwd"):
        fields["pwd"] = password
    fields |= {"app": app} | extra
    return ";".join(f"{key}={_quoted(key, value)}" for key, value in fields.items())


def field(odbc: str, name: str) -> str | None:
    """The value of one keyword of a connection string."""
    return _parsed(odbc).get(name)


def connect(odbc: str, *, autocommit: bool = True, query_s: int = QUERY_S) -> Any:
    """A new connection of the driver's own, outside every pool.

    Args:
        odbc: as `odbc_string` makes it.
        autocommit: off only where transactions are Python's to end.
        query_s: seconds after which a statement is cancelled.

    Raises:
        StoreError: nothing answers, or it refuses the login.
    """
    pyodbc = driver()
    try:
        connection = pyodbc.connect(odbc, autocommit=autocommit, timeout=LOGIN_S)
    except pyodbc.Error as error:
        raise of_odbc(error) from error
    connection.timeout = query_s
    return connection


def driver() -> Any:
    """The driver's module. Raises `ConfigError` where it or unixODBC is not installed."""
    try:
        pyodbc: Any = import_module("pyodbc")
    except ImportError as error:
        raise ConfigError(
            f"the driver for SQL Server cannot be loaded: {error}",
            next_step=f"install tidegate[mssql], unixODBC (libodbc.so.2) and Microsoft's {DRIVER}",
        ) from error
    # The driver manager's pool keeps sessions, and what they have locked, after they were closed.
    pyodbc.pooling = False
    return pyodbc


def _of_url(dsn: str) -> dict[str, str]:
    try:
        url = make_url(dsn)
        if url.get_driver_name() != "pyodbc":
            raise ArgumentError("another driver")
        if url.database and not url.query.keys() & {"driver", "odbc_connect"}:
            url = url.update_query_dict({"driver": DRIVER})
        (text,), _ = url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        raise _unreadable() from None
    return _parsed(text)


def _parsed(odbc: str) -> dict[str, str]:
    return dict(_fields(odbc))


def _fields(odbc: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(odbc):
        name, equals, _ = odbc[place:].partition("=")
        if not equals:
            if odbc[place:].strip(" ;"):
                raise _unreadable()
            return
        place += len(name) + 1
        value, place = _value(odbc, place)
        yield name.strip(" ;").lower(), value


def _value(odbc: str, place: int) -> tuple[str, int]:
    if not odbc[place:].lstrip().startswith("{"):
        value, _, _ = odbc[place:].partition(";")
        return value.strip(), place + len(value) + 1
    place = odbc.index("{", place) + 1
    match = re.compile(r"((?:[^}]|}})*)}[^;]*;?").match(odbc, place)
    if match is None:
        raise _unreadable()
    return match[1].replace("}}", "}"), match.end()


def _quoted(key: str, value: str) -> str:
    if key != "driver" and _PLAIN.match(value) and value == value.strip():
        return value
    return "{" + value.replace("}", "}}") + "}"


def _unreadable() -> ConfigError:
    return ConfigError(
        "DB_DSN cannot be read",
        next_step="it takes mssql+pyodbc://…, or a raw ODBC string (DRIVER=…;SERVER=…)",
    )
