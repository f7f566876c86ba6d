"""Every error that Tidegate raises on purpose, as one tree.

    TidegateError
    ├── ConfigError            settings or tidegate.toml cannot be used
    ├── CanonError             a body breaks the limits of canonical JSON
    ├── StoreError
    │   ├── StoreUnavailable   the database cannot be reached, or went away
    │   │   └── CommitUnknown  … while a COMMIT was under way
    │   ├── StoreBusy          deadlock victim or lock time-out: try again
    │   ├── Conflict           a compare-and-set or a unique key was lost to another writer
    │   ├── Unstorable         the database refuses the data itself
    │   ├── Deposed            the fence found another term: this process leads no more
    │   └── SchemaMismatch     the database's schema is not the one this program needs
    └── ErpError
        ├── SendRefused        the leadership is too old to send (nothing was sent)
        └── FarError           the far side failed or refused; rules decide what it means

Each carries `next_step`: what the reader should do about it, or an empty string.
"""

from __future__ import annotations


class TidegateError(Exception):
    """The root; `next_step` names what to do."""

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class ConfigError(TidegateError):
    """A setting or the configuration file cannot be used."""


class CanonError(TidegateError):
    """A body that canonical JSON does not admit.

    Args:
        message: what is wrong, for people.
        pointer: RFC 6901 pointer to the place, empty for the whole document.
    """

    def __init__(self, message: str, *, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class StoreError(TidegateError):
    """The root of what the store can raise."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, or the connection broke before a COMMIT was sent."""


class CommitUnknown(StoreUnavailable):
    """The connection broke while a COMMIT was under way: it may have happened."""


class StoreBusy(StoreError):
    """Deadlock victim or lock time-out; the transaction was rolled back whole."""


class Conflict(StoreError):
    """Another writer was faster; the transaction was rolled back whole."""


class Unstorable(StoreError):
    """The database refuses the data itself; the transaction was rolled back whole."""


class Deposed(StoreError):
    """Another term leads; nothing of the transaction was written."""


class SchemaMismatch(StoreError):
    """The database's schema is not the one that this program needs."""


class ErpError(TidegateError):
    """The root of what an adapter may raise."""


class SendRefused(ErpError):
    """The last confirmed beat is too old, or the term is over: nothing was sent."""


class FarError(ErpError):
    """The far side failed or refused. Rules decide which outcome that is.

    Args:
        message: the far side's text, cleaned of what changes from call to call.
        sent: whether the first byte of a write may have left.
        status: HTTP status, or None where no answer came.
        code: the far side's own error code, empty where it gave none.
        phase: `connect`, `tls`, `pool`, `timeout`, `dropped` or `answer`.
        retry_after: seconds that the far side asked to wait, or None.
        answer: the raw answer, for the record.
    """

    def __init__(
        self,
        message: str,
        *,
        sent: bool,
        status: int | None = None,
        code: str = "",
        phase: str = "answer",
        retry_after: float | None = None,
        answer: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.sent = sent
        self.status = status
        self.code = code
        self.phase = phase
        self.retry_after = retry_after
        self.answer = answer
