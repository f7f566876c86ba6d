"""Who may do what on SQL Server: the grants of `roles.sql`, read from our own statements.

The service may do to a table what a statement of ours does to it, or a read of SQLAlchemy Core, and
nothing else. `python -m sql.dump` writes `roles.sql`; a test says whether it is in step.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sql.procedures import PROCEDURES
from sql.tables import metadata
from sql.views import VIEWS

Grants = dict[str, set[str]]

ROLES = ("tidegate_service", "tidegate_reader", "tidegate_operator", "tidegate_publisher")
_STATEMENTS = Path(__file__).parent / "statements"
_PACKAGES = ("sql", "ingest", "processor", "outbox", "ops", "cli")
_SETUP = ("tables", "migrations", "dump.py", "grants.py", "steps.py", "migrate.py", "catalog.py")
_WRITES = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:TOP\s*\([^)]*\)\s+)?([@#\w.]+)", re.IGNORECASE
)
_READS = re.compile(
    r"\b(?:FROM|JOIN|USING)\s+tidegate\.(\w+)(?:\s+(?:AS\s+)?(\w+))?", re.IGNORECASE
)
_NOISE = re.compile(r"--[^\n]*|'[^']*'")
_ORDER = ("SELECT", "INSERT", "UPDATE", "DELETE")
_HEAD = """\
-- Who may do what; written by `python -m sql.dump` from what our statements do. Roles are made
-- where they are missing, by a member of db_owner; grants follow for those that are there.
--   tidegate_service    what `tidegate up` and its parts log in as; no DDL
--   tidegate_reader     reports: the views, and nothing behind them
--   tidegate_operator   the views, and procedures that ask the leader for something
--   tidegate_publisher  other programs that tell subscribers something: publish alone
-- Views are made anew by an upgrade, so grant a role, not a view: ALTER ROLE … ADD MEMBER …;
SET NOCOUNT ON;"""
_ROLE = """\
IF DATABASE_PRINCIPAL_ID(N'{role}') IS NULL
   AND (IS_MEMBER(N'db_owner') = 1 OR IS_SRVROLEMEMBER(N'sysadmin') = 1)
    CREATE ROLE {role};"""
_GRANTS = """\
IF DATABASE_PRINCIPAL_ID(N'{role}') IS NOT NULL
   AND HAS_PERMS_BY_NAME(N'tidegate', N'SCHEMA', N'CONTROL') = 1
BEGIN
{body}
END;"""


def roles_script() -> str:
    """The text of `roles.sql`."""
    tables = service_grants()
    views = [f"    GRANT SELECT ON tidegate.{view} TO {{role}};" for view in VIEWS]
    service = [
        f"    GRANT {', '.join(each for each in _ORDER if each in tables[table])} "
        f"ON tidegate.{table} TO {{role}};"
        for table in sorted(tables)
    ]
    calls = [f"    GRANT EXECUTE ON tidegate.{each} TO {{role}};" for each in PROCEDURES]
    asks = [line for line in calls if ".publish " not in line]
    bodies = (service + views, views, views + asks, [calls[0]])
    parts = [_HEAD, *(_ROLE.format(role=role) for role in ROLES)]
    for role, lines in zip(ROLES, bodies, strict=True):
        body = "\n".join(lines).format(role=role)
        parts.append(_GRANTS.format(role=role, body=body))
    return "\n".join(parts) + "\n"


def service_grants() -> Grants:
    """What the service needs, by table."""
    found: Grants = {}
    for path in sorted(_STATEMENTS.rglob("*.mssql.sql")):
        for verb, table in touched(path.read_text(encoding="utf-8")):
            found.setdefault(table, set()).add(verb)
    for table in _read_by_core():
        found.setdefault(table, set()).add("SELECT")
    for table in ("leader", "schema_version"):  # what check_version asks before anything runs
        found.setdefault(table, set()).add("SELECT")
    return found


def touched(text: str) -> Iterator[tuple[str, str]]:
    """Verb and table of whatever a batch does to our tables; who changes rows reads them too."""
    for statement in _NOISE.sub("''", text).split(";"):
        found = _READS.findall(statement)
        aliases = {alias: table for table, alias in found if alias}
        yield from (("SELECT", table) for table, _ in found)
        for verb, name in _WRITES.findall(statement):
            if name.startswith("tidegate.") or name in aliases:
                table = aliases.get(name, name.removeprefix("tidegate."))
                word = verb.split()[0].upper()
                yield word, table
                if word != "INSERT":
                    yield "SELECT", table


def _read_by_core() -> Iterator[str]:
    root = Path(__file__).parent.parent
    names = {table.name for table in metadata.tables.values()}
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if package == "sql" and path.relative_to(root / package).parts[0] in _SETUP:
                continue
            yield from names & _imported(path)


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sql.tables.")
        for alias in node.names
    }
