"""What a SQL Server says of itself, and how its database is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sql import odbc
from sql.faults import of_odbc
from tidegate.errors import ConfigError

LOWEST_LEVEL = 130
"""Compatibility level of SQL Server 2016, the first with OPENJSON."""

_EXISTS_ALREADY = "(1801)"
_FACTS = """
SET NOCOUNT ON;
SELECT CAST(SERVERPROPERTY('Edition') AS nvarchar(200)) AS edition,
       CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(50)) AS version,
       CAST(SERVERPROPERTY('EngineEdition') AS int) AS engine_edition,
       CAST(SERVERPROPERTY('BabelfishVersion') AS nvarchar(20)) AS babelfish,
       DB_NAME() AS name, d.compatibility_level, d.delayed_durability,
       CAST(d.is_read_committed_snapshot_on AS int) AS read_committed_snapshot
FROM sys.databases d WHERE d.name = DB_NAME();
"""
_CREATE = """
SET NOCOUNT ON;
DECLARE @name sysname = ?, @sql nvarchar(max), @made int = 0;
IF DB_ID(@name) IS NULL
BEGIN
    SET @sql = N'CREATE DATABASE ' + QUOTENAME(@name);
    EXEC(@sql);
    SET @made = 1;
    -- Readers then wait for no writer. The stand-in has it always on and refuses the words.
    IF SERVERPROPERTY('BabelfishVersion') IS NULL AND SERVERPROPERTY('EngineEdition') <> 5
    BEGIN
        SET @sql = N'ALTER DATABASE ' + QUOTENAME(@name) + N' SET READ_COMMITTED_SNAPSHOT ON';
        EXEC(@sql);
    END;
END;
SELECT @made AS made;
"""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server and the database that was asked.

    Args:
        engine_edition: 2 to 4 a server, 5 Azure SQL Database, 8 Managed Instance.
        babelfish: the version of Babelfish, None on SQL Server.
        delayed_durability: DISABLED, ALLOWED or FORCED; None where the server does not say.
    """

    edition: str
    version: str
    engine_edition: int
    babelfish: str | None
    name: str
    compatibility_level: int
    delayed_durability: str | None
    read_committed_snapshot: bool

    @property
    def may_lose_commits(self) -> bool:
        """Whether every commit here may be lost in a crash."""
        return self.delayed_durability == "FORCED"

    def require(self) -> None:
        """Raise `ConfigError` where our statements cannot run."""
        if self.babelfish is None and self.compatibility_level < LOWEST_LEVEL:
            raise ConfigError(
                f"database {self.name} has compatibility level {self.compatibility_level}, "
                f"Tidegate needs {LOWEST_LEVEL} (SQL Server 2016) or higher",
                next_step=f"ALTER DATABASE [{self.name}] SET COMPATIBILITY_LEVEL = {LOWEST_LEVEL}",
            )


def server_facts(dsn: str, password: str | None, app: str) -> ServerFacts:
    """Ask the server of `dsn`. Raises `StoreError` where it does not answer."""
    row = _asked(odbc.odbc_string(dsn, password, app), _FACTS)
    durability = {0: "DISABLED", 1: "ALLOWED", 2: "FORCED"}
    return ServerFacts(
        edition=row.edition,
        version=row.version,
        engine_edition=row.engine_edition,
        babelfish=row.babelfish,
        name=row.name,
        compatibility_level=row.compatibility_level,
        delayed_durability=durability.get(row.delayed_durability),
        read_committed_snapshot=bool(row.read_committed_snapshot),
    )


def create_database(dsn: str, password: str | None, app: str) -> bool:
    """Make the database that `dsn` names, unless it is there; whether it was made.

    Raises:
        ConfigError: `dsn` names no database.
        StoreError: the server does not answer, or the login may not create one.
    """
    name = odbc.field(odbc.odbc_string(dsn, password, app), "database")
    if not name:
        raise ConfigError("DB_DSN names no database", next_step="add DATABASE=tidegate to it")
    master = odbc.odbc_string(dsn, password, app, database="master")
    return bool(_asked(master, _CREATE, name).made)


def _asked(odbc_text: str, statement: str, *values: Any) -> Any:
    connection = odbc.connect(odbc_text)
    try:
        cursor = connection.execute(statement, *values)
        while cursor.description is None and cursor.nextset():
            pass
        return cursor.fetchone()
    except odbc.driver().Error as error:
        raise of_odbc(error) from error
    finally:
        connection.close()
