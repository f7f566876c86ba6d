"""A house of real processes on the server of TEST_MSSQL_DSN, and what a test does to its sessions.

Every word here is T-SQL that SQL Server and its stand-in both take.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sql import odbc
from sql.database import Database
from sql.migrate import upgrade
from sql.open import open_database
from tests.e2e.house import House, Process
from tests.sql.databases import server_dsn
from tests.sql.stores import emptied
from tidegate.clock import SystemClock

SETTINGS = """
[adapters.sandbox]
timeout = 60.0

[entities."zoho.products"]
kind = "state"
order = "strict"
"""
"""Answers may be held back, and every picture is written: none is overtaken by a newer one."""

_ODBC = ("ODBCSYSINI", "ODBCINI", "LD_LIBRARY_PATH")


@contextmanager
def server_database(purpose: str) -> Iterator[tuple[str, Database]]:
    """The address of a database of our own, with our tables; skips where no server is named."""
    dsn, clock = server_dsn(purpose), SystemClock()
    with closing(open_database(dsn, None, None, clock, "test")) as db:
        upgrade(db, clock)
        yield dsn, db


class ServerHouse(House):
    """Processes on one emptied database of a server.

    Args:
        folder: where files and logs are kept.
        dsn: of the database.
        db: the same, open.
    """

    def __init__(self, folder: Path, dsn: str, db: Database) -> None:
        found = {name: os.environ[name] for name in _ODBC if name in os.environ}
        super().__init__(folder, found | {"DB_DSN": dsn})
        self.db = db
        emptied(db)
        (folder / "tidegate.toml").write_text(SETTINGS)

    @property
    def server(self) -> tuple[str, int]:
        """Where the database's server listens."""
        text = odbc.odbc_string(self._env["DB_DSN"], None, "test")
        host, _, port = (odbc.field(text, "server") or "").removeprefix("tcp:").partition(",")
        return host, int(port or 1433)

    @property
    def erp(self) -> tuple[str, int]:
        """Where the sandbox listens."""
        return self.sandbox.base_url.host, self.sandbox.base_url.port or 80

    def through(self, database: int, erp: int) -> dict[str, str]:
        """The settings of a process that goes to both by way of local ports."""
        dsn = odbc.odbc_string(self._env["DB_DSN"], None, "", server=f"127.0.0.1,{database}")
        return {"DB_DSN": dsn, "ERP_BASE_URL": f"http://127.0.0.1:{erp}"}

    def sessions(self, process: Process, named: str = "%") -> list[int]:
        """The server's numbers of a process's sessions."""
        found = self._rows(
            "SELECT session_id FROM sys.dm_exec_sessions"
            " WHERE host_process_id = ? AND program_name LIKE ?",
            process.pid,
            named,
        )
        return [row[0] for row in found]

    def kill_sessions(self, sessions: list[int]) -> None:
        """End sessions as an administrator does."""
        with closing(self._connection()) as connection:
            for each in sessions:
                connection.execute(f"KILL {each}").close()

    def _rows(self, sql: str, *given: Any) -> list[Any]:
        with closing(self._connection()) as connection:
            found: list[Any] = connection.execute(sql, *given).fetchall()
            return found

    def _connection(self) -> Any:
        return odbc.connect(odbc.odbc_string(self._env["DB_DSN"], None, "test"))


def item(sku: str, rate: int) -> Mapping[str, Any]:
    """One picture of an item."""
    return {
        "item_id": sku,
        "name": f"Picture {rate}",
        "sku": sku,
        "rate": rate,
        "last_modified_time": f"2026-05-01T10:{rate:02}:00+0000",
    }


def rates(house: House, sku: str) -> list[Any]:
    """What the ERP was made to hold, in the order in which it was."""
    return [row["values"].get("unitPrice") for row in house.ledger() if row["key"] == sku]
