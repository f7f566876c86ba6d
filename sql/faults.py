"""From what drivers raise to our errors: by SQLSTATE and native number, never by class or text.

Source for the numbers: shared facts on SQL Server, section 11; 1205 arrives as a plain
`pyodbc.Error`, so its Python class tells nothing.
"""

from __future__ import annotations

import re
import sqlite3

from tidegate.errors import (
    Conflict,
    Deposed,
    StoreBusy,
    StoreError,
    StoreUnavailable,
    Unstorable,
)

_NATIVE = re.compile(r"\((\d+)\)(?!.*\(\d+\))", re.DOTALL)
_UNIQUE = {2601, 2627}
_BUSY = {1205, 1222, 3960}
_DATA = {220, 232, 241, 242, 245, 248, 515, 547, 2628, 8114, 8115, 8152, 9803}
_GONE_STATES = {"08S01", "08S02", "08001", "08003", "08007", "HYT00", "HYT01", "HY010", "01002"}
_GONE = {233, 4060, 10053, 10054, 10060, 10928, 10929, 18456, 40143, 40197, 40501, 40540, 40613}
_CONFLICT_MARK = "tidegate.conflict"
_DEPOSED_MARK = "tidegate.deposed"
_TOO_LONG = "value too long for type"
"""As the stand-in says it of UTF-16, under the number that it gives whatever it has none for."""
_TRIED_LOCK = ("could not obtain lock", "lock timeout", "canceling statement due to lock timeout")


def of_sqlite(error: Exception) -> StoreError:
    """What a `sqlite3.Error` means, or an error of the values that were to be bound."""
    if isinstance(error, UnicodeEncodeError | OverflowError):
        return Unstorable(str(error))
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(str(error))
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}:
        return Conflict(str(error))
    if name.startswith(("SQLITE_CONSTRAINT", "SQLITE_TOOBIG", "SQLITE_MISMATCH")):
        return Unstorable(str(error))
    if isinstance(error, sqlite3.DataError | sqlite3.InterfaceError):
        return Unstorable(str(error))
    return StoreUnavailable(
        f"SQLite: {error}", next_step="check the file, its folder's rights, and the disk's space"
    )


def of_odbc(error: Exception) -> StoreError:
    """What a `pyodbc.Error` means."""
    state = str(error.args[0]) if error.args else ""
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    match = _NATIVE.search(text)
    native = int(match[1]) if match else 0
    if _DEPOSED_MARK in text:
        return Deposed("another term leads")
    if _CONFLICT_MARK in text or native in _UNIQUE:
        return Conflict(text)
    if native in _BUSY or state == "40001" or any(mark in text for mark in _TRIED_LOCK):
        return StoreBusy(text)
    if native in _DATA or state.startswith("22") or _TOO_LONG in text:
        return Unstorable(text)
    told = text if state in text else f"{state} {text}"
    return StoreUnavailable(told, next_step=_next_step(state, native, text))


def is_gone(error: Exception) -> bool:
    """Whether the connection that raised it is of no more use."""
    state = str(error.args[0]) if error.args else ""
    match = _NATIVE.search(str(error.args[1]) if len(error.args) > 1 else "")
    return state in _GONE_STATES or state.startswith("08") or bool(match and int(match[1]) in _GONE)


def _next_step(state: str, native: int, text: str) -> str:
    if "certificate" in text.lower():
        return "add TrustServerCertificate=yes to DB_DSN, or install the server's certificate"
    if native in {911, 4060}:
        return "the database does not exist, or the login may not open it: tidegate db create"
    if native == 18456:
        return "the login failed: check the user, and DB_PASSWORD or DB_PASSWORD_FILE"
    if "Data source name not found" in text or "Can't open lib" in text:
        return "install Microsoft's ODBC Driver 18 for SQL Server, or name another DRIVER"
    if state in {"08001", "HYT00"} or "(SQLDriverConnect)" in text:
        return "nothing answers there: check server, port and firewall, then tidegate db wait"
    if state in _GONE_STATES:
        return "the connection broke: tidegate db wait says when the server answers; then try again"
    return "see the message; tidegate db validate checks the schema"
