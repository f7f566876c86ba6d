"""What rules see of an exception: where the call ended, and in whose words."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.errors import FarError

REQUEST_TIMEOUT = 408


class SqlFarError(FarError):
    """A database as far side failed or refused.

    Args:
        message: the database's text.
        sent: whether the statement may have left.
        sqlstate: five characters, empty where there is none.
        sql_number: the database's own number, None where there is none.
        rolled_back: whether it is certain that nothing of it stays.
        stays: whether it is certain that something of it stays, so that it must not be repeated.
        phase: as `FarError` has it.
    """

    def __init__(
        self,
        message: str,
        *,
        sent: bool,
        sqlstate: str = "",
        sql_number: int | None = None,
        rolled_back: bool = False,
        stays: bool = False,
        phase: str = "answer",
    ) -> None:
        code = f"sql_{sql_number}" if sql_number is not None else sqlstate
        super().__init__(message, sent=sent, code=code, phase=phase)
        self.sqlstate = sqlstate
        self.sql_number = sql_number
        self.rolled_back = rolled_back
        self.stays = stays


@dataclass(frozen=True, slots=True)
class Failure:
    """The facts that a rule may ask for.

    Args:
        own_body: the far side itself says that it did not do it; a proxy's page does not.
        error_class: what it is called where the rule does not say.
        retry_after: seconds that the far side asked for.
    """

    message: str
    sent: bool
    error_class: str
    status: int | None = None
    code: str = ""
    sqlstate: str = ""
    sql_number: int | None = None
    phase: str = "answer"
    own_body: bool = False
    retry_after: float | None = None


def failure_of(error: Exception, *, sent: bool) -> Failure:
    """The facts of what an adapter raised.

    Args:
        sent: whether the adapter had announced a write before; a `FarError` knows better.
    """
    if not isinstance(error, FarError):
        name = type(error).__name__
        return Failure(f"{name}: {error}", sent, name, code=name, phase="exception")
    sql = error if isinstance(error, SqlFarError) else None
    return Failure(
        str(error),
        error.sent,
        error.code or (f"http_{error.status}" if error.status else error.phase),
        error.status,
        error.code,
        sql.sqlstate if sql else "",
        sql.sql_number if sql else None,
        error.phase,
        sql.rolled_back if sql else speaks_for_itself(error.status, error.code, error.phase),
        error.retry_after,
    )


def speaks_for_itself(status: int | None, code: str, phase: str) -> bool:
    """Whether the ERP itself refused, before it did any work.

    At 408 it gave up waiting for its own work, so its words say nothing about that.
    """
    answered = status is not None or phase == "refused"
    return bool(code) and answered and status != REQUEST_TIMEOUT
