"""SQL Server's application lock: it tells quickly that its holder died, and nothing else.

Its session is its own: never pooled, never reconnected by the driver (a new session would hold
nothing), never asked twice while it holds (the lock counts, and one release would not free it). A
refused try closes its session, as some servers leak what a refusal leaves behind.

`held` is asked before every request to the ERP, by whichever lane sends it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sql.mssql import MssqlDatabase
from sql.odbc import driver
from tidegate.errors import StoreError

WAIT_S = 1.0
"""How long a try may wait; longer ones use up the server's worker threads."""

_ANSWER_S = 5
_HELD_S = 2
# SQL Server keeps the locks of two databases apart; the TDS test server does not.
_TAKE = """
SET NOCOUNT ON;
DECLARE @name nvarchar(255) = ?, @got int;
SET @name = @name + N'@' + DB_NAME();
EXEC @got = sp_getapplock @Resource = @name, @LockMode = N'Exclusive', @LockOwner = N'Session',
                          @LockTimeout = ?;
SELECT @got AS got;
"""
_FREE = """
SET NOCOUNT ON;
DECLARE @name nvarchar(255) = ?;
SET @name = @name + N'@' + DB_NAME();
EXEC sp_releaseapplock @Resource = @name, @LockOwner = N'Session';
"""


class AppLock:
    """One exclusive lock, held by one session.

    Args:
        connect: opens a new session in autocommit, with `ConnectRetryCount=0`.
        resource: the lock's name; it is compared by its bytes.
        wait: seconds that a try may wait, at most `WAIT_S`.
    """

    def __init__(self, connect: Callable[[], Any], resource: str, wait: float = WAIT_S) -> None:
        self._connect = connect
        self._resource = resource
        self._wait_ms = int(min(wait, WAIT_S) * 1000)
        self._session: Any = None
        # A session runs one statement at a time.
        self._mutex = threading.RLock()

    @classmethod
    def of(cls, db: MssqlDatabase, resource: str) -> AppLock:
        """A lock on the server and in the database of `db`."""
        return cls(lambda: db.session("lock", connectretrycount="0"), resource)

    def try_acquire(self) -> bool:
        """Take it if nobody else holds it; any error means no."""
        if self._session is not None:
            return self.held()
        try:
            session = self._connect()
        except StoreError:
            return False
        if not self._granted(session):
            _end(session)
            return False
        self._session = session
        return True

    def held(self) -> bool:
        """Whether the session, and so the lock, is still there: one cheap round trip."""
        with self._mutex:
            if self._session is None:
                return False
            try:
                self._session.timeout = _HELD_S
                self._session.execute("SELECT 1").close()
            except driver().Error:
                self.close()
                return False
            return True

    def release(self) -> None:
        """Let go of it before this returns; where nobody holds it nothing happens."""
        with self._mutex:
            if self._session is None:
                return
            with suppress(driver().Error):  # closing the session frees it too, a moment later
                self._session.execute(_FREE, self._resource).close()
            self.close()

    def close(self) -> None:
        """End the session, and the lock with it."""
        with self._mutex:
            if self._session is not None:
                session, self._session = self._session, None
                _end(session)

    def _granted(self, session: Any) -> bool:
        try:
            session.timeout = _ANSWER_S
            cursor = session.execute(_TAKE, self._resource, self._wait_ms)
            # A refusal is announced by a message, which comes first as a result without columns.
            while cursor.description is None:
                if not cursor.nextset():
                    return False
            got = cursor.fetchval()
            cursor.close()
        except driver().Error:
            return False
        return isinstance(got, int) and got >= 0


def _end(session: Any) -> None:
    with suppress(driver().Error):  # the far end is gone, and its lock with it
        session.close()
