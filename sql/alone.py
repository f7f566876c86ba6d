"""SQL Server: a procedure of the user's and its event's settlement, one batch, one transaction.

The text is made of two files: `queue/alone` calls the procedure, and `queue/settle` follows as it
is, but for its own BEGIN TRAN. So the fence comes after the procedure and is held for milliseconds.
The procedure's name is a value, which the server itself quotes, never part of the text.
"""

from __future__ import annotations

import math
import re
import threading
from functools import cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from sql import odbc, standin
from sql.database import Document
from sql.faults import is_gone, of_odbc
from sql.mssql import MssqlDatabase
from sql.named import batch
from tidegate.errors import Deposed, StoreError

SETTLE = "queue/settle"
BEGIN = "\nBEGIN TRAN;\n"
LEAST_S = 1
_PARAMETERS = (
    "N'@P1 nvarchar(max), @P2 varbinary(max), @P3 nvarchar(max), @P4 nvarchar(300)', ?, ?, ?, ?"
)
_UNEVEN = 266
"""A procedure ended with another count of open transactions; the batch has looked what stays."""

_APPLIED = text(
    "SELECT 1 FROM tidegate.sync_attempt "
    "WHERE event_id = :event_id AND number = :number AND outcome = 'applied'"
)
_NATIVE = re.compile(r"\((\d+)\)(?!.*\(\d+\))", re.DOTALL)
_DRIVERS = re.compile(r"^(?:\[[^\]]*\]\s*)+|\s*\(\d+\)\s*(?:\(SQL\w+\))?\s*$")
_OURS = re.compile(r"tidegate\.(?:alone (committed|undone|returned)|conflict)\b")


class ProcedureFailed(Exception):
    """The procedure, or the transaction around it, came to a bad end.

    Args:
        message: the server's own words.
        number: the server's, None where it gave none.
        sqlstate: five characters.
        verdict: `committed` (it ended our transaction, and what it did stays), `undone` (it ended
            our transaction, nothing stays), `returned` (it returned another code than 0), or empty.
        gone: the connection broke, so that nobody knows.
    """

    def __init__(
        self, message: str, number: int | None, sqlstate: str, verdict: str, *, gone: bool
    ) -> None:
        super().__init__(message)
        self.number = number
        self.sqlstate = sqlstate
        self.verdict = verdict
        self.gone = gone


@cache
def batch_text() -> str:
    """The procedure's call, then every statement of `queue/settle` within the same transaction."""
    head, _, tail = batch(SETTLE)[0].partition(BEGIN)
    return f"{batch('queue/alone')[0]}\n{head}\n{tail}"


@cache
def call() -> str:
    """What the driver is handed."""
    return "{CALL sp_executesql(N'" + batch_text().replace("'", "''") + "', " + _PARAMETERS + ")}"


class Alone:
    """Runs procedures on connections of its own, one for each that runs at a time.

    Args:
        db: where the house is, and the procedures with it.
        timeout: seconds that a call may take.
    """

    def __init__(self, db: MssqlDatabase, timeout: float) -> None:
        self._db = db
        self._timeout = max(LEAST_S, math.ceil(timeout))
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._closed = False

    def run(self, procedure: str, argument: str, doc: Document) -> None:
        """Call it and settle its event; both are committed when this returns.

        Args:
            procedure: `schema.name`, of the house's own database.
            argument: its one parameter.
            doc: what `queue/settle` takes, of this one event.

        Raises `ProcedureFailed`, `Deposed` or `Conflict` (nothing stays), and `StoreUnavailable`
        where there is no connection to begin with.
        """
        connection = self._rested() or self._connected()
        try:
            self._run(connection, procedure, argument, doc)
        except Deposed:
            self._rest(connection)
            raise
        except odbc.driver().Error as error:
            self._drop(connection)
            raise _failure(error) from error
        except BaseException:
            self._drop(connection)
            raise
        self._rest(connection)

    def committed(self, doc: Document) -> bool:
        """Whether a run whose end nobody heard of was committed; false where that cannot be told.

        Nobody else closes the attempt as applied, and where somebody closed it, the run conflicts.
        """
        [closed] = doc["closes"]
        try:
            with self._db.engine.connect() as connection:
                asked = {name: closed[name] for name in ("event_id", "number")}
                return connection.execute(_APPLIED, asked).scalar() is not None
        except (StoreError, SQLAlchemyError):
            return False

    def close(self) -> None:
        """Close what rests."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for connection in idle:
            connection.close()

    def _run(self, connection: Any, procedure: str, argument: str, doc: Document) -> None:
        driver = odbc.driver()
        document, blob = self._db.packed(doc)
        cursor = connection.cursor()
        try:
            wide = (driver.SQL_WVARCHAR, 0, 0)
            cursor.setinputsizes([wide, (driver.SQL_VARBINARY, 0, 0), wide, wide])
            cursor.execute(call(), document, blob, argument, procedure)
            _read_out(cursor)
        finally:
            cursor.close()

    def _connected(self) -> Any:
        connection = self._db.session(connectretrycount="0")
        connection.timeout = self._timeout
        return connection

    def _rested(self) -> Any:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _rest(self, connection: Any) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _drop(self, connection: Any) -> None:
        try:
            connection.close()
        except odbc.driver().Error:
            return


def _read_out(cursor: Any) -> None:
    """Whatever the procedure selects comes first, and the settlement's own two sets come last."""
    last: list[str] = []
    rows: list[Any] = []
    while True:
        if cursor.description is not None:
            last = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        if not cursor.nextset():
            break
    if last == ["held"] and not rows:
        raise Deposed("another term leads")
    if last != ["now"]:
        raise ProcedureFailed("the batch ended before its last result set", None, "", "", gone=True)


def _failure(error: Any) -> Exception:
    """`ProcedureFailed`, or the store's own error where the settlement was what failed."""
    state = str(error.args[0]) if error.args else ""
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    ours = _OURS.search(said)
    if ours is not None and ours[1] is None:
        return of_odbc(error)
    match = _NATIVE.search(said)
    number = int(match[1]) if match else None
    message = _DRIVERS.sub("", said)
    verdict = ours[1] if ours is not None else "undone" if number == _UNEVEN else ""
    return ProcedureFailed(
        message,
        None if number == standin.UNNAMED else number,
        state,
        verdict,
        gone=is_gone(error),
    )
