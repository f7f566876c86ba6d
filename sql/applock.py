"""The leader's lock on SQL Server: `sp_getapplock` on a session of its own.

It is never acquired twice by one holder (the call is re-entrant, and a stacked lock survives its
release), a try waits a second at most (longer waits use up the server's workers), and a refused try
closes its session. Whoever holds it may lose it without being told: only the epoch row counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from tidegate.telemetry import logger

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sql.mssql import MssqlDatabase

TRY_MS = 1000

# A refused try sends a message before its result: `held` is the first result set with columns.
_ACQUIRE = """SET NOCOUNT ON;
DECLARE @result int;
EXEC @result = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', @LockOwner = 'Session',
     @LockTimeout = ?;
SELECT @result AS held;"""

_log = logger("applock")


class AppLock:
    """One resource's lock; implements `LeaderLock`."""

    def __init__(self, engine: Engine, resource: str) -> None:
        self._engine = engine
        self._resource = resource
        self._session: Any = None

    @classmethod
    def of(cls, db: MssqlDatabase, resource: str) -> AppLock:
        """The lock `resource` in the database of `db`."""
        return cls(db.lock_engine(), resource)

    def try_acquire(self) -> bool:
        """Take it if nobody holds it within a second; true at once where it is ours already."""
        if self._session is not None:
            return True
        try:
            session = self._engine.raw_connection()
        except Exception as error:  # the driver's own errors have no common base here
            _log.warning("applock.no_session", error=str(error))
            return False
        if self._granted(session):
            self._session = session
            return True
        _end(session)
        return False

    def close(self) -> None:
        """End the session, and the lock with it."""
        if self._session is not None:
            _end(self._session)
            self._session = None

    def _granted(self, session: Any) -> bool:
        cursor = session.driver_connection.cursor()
        try:
            cursor.execute(_ACQUIRE, (self._resource, TRY_MS))
            while cursor.description is None:
                if not cursor.nextset():
                    return False
            return bool(cursor.fetchone()[0] >= 0)
        except Exception as error:  # whatever it was, the lock is not known to be ours
            _log.warning("applock.refused", error=str(error))
            return False


def _end(session: Any) -> None:
    try:
        session.invalidate()
    except SQLAlchemyError as error:
        _log.warning("applock.close_failed", error=str(error))
