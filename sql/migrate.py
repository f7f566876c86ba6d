"""Bring a database to the schema of this program, and say whether it is there.

While only `pre` migrations have run, the rows of `leader` keep their number and the old version
leads on; the rest ends with epoch + 1 and the new number, so that a leader of another schema steps
down by its next fence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.exc import DBAPIError

from sql import steps as migrations
from sql.catalog import differences, found_shapes, names, schema_of
from sql.database import Database
from sql.faults import of_odbc, of_sqlite
from sql.procedures import create_procedures
from sql.sqlite import stamp
from sql.steps import UPGRADE, VERSION_TABLE, Phase, Step
from sql.tables import SCHEMA_NO
from sql.tables.system import leader, schema_version
from sql.views import VIEWS, catalog, create_views
from tidegate import __version__
from tidegate.clock import Clock
from tidegate.errors import SchemaMismatch, StoreBusy, StoreError, StoreUnavailable

_POLL_S = 1.0
# pyodbc opens no transaction before a statement that reads a table, and the lock belongs to one.
_BEGIN = "SELECT COUNT(*) FROM sys.schemas"
# Counts come back on before it ends: Alembic wants to hear that its own row was updated.
_TAKE_TURN = """
SET NOCOUNT ON;
DECLARE @got int;
EXEC @got = sp_getapplock @Resource = N'tidegate.upgrade', @LockMode = N'Exclusive',
                          @LockOwner = N'Transaction', @LockTimeout = 60000;
SET NOCOUNT OFF;
SELECT @got AS got;
"""
_SCHEMA = "IF SCHEMA_ID(N'tidegate') IS NULL EXEC(N'CREATE SCHEMA tidegate')"


def upgrade(db: Database, clock: Clock, phase: Phase | None = None) -> list[str]:
    """Apply what is missing, in one transaction; make views, procedures and roles anew.

    Args:
        db: where to.
        clock: dates the new rows on SQLite; SQL Server uses its own.
        phase: `pre` stops before the first `post`; `post` wants every `pre` done; None does all.

    Returns:
        The names of the applied migrations.

    Raises:
        SchemaMismatch: the database is newer than this program, or `post` came before `pre`.
        StoreBusy: another upgrade has been under way for a minute.
    """
    with _transaction(db.engine) as connection:
        if connection.dialect.name == "mssql":
            _take_turn(connection)
        applied = migrations.chosen(_pending(connection), phase)
        if applied:
            migrations.apply(connection, schema_of(connection), _now(connection, clock), applied)
        create_views(connection)
        create_procedures(connection)
        _record(connection, clock, applied)
        if phase != "pre":
            _hand_over(connection, bool(applied))
    return [step.name for step in applied]


def validate(db: Database) -> list[str]:
    """What is wrong with the database's schema, for people; empty where all is well."""
    try:
        check_version(db)
    except SchemaMismatch as error:
        return [f"{error}: {error.next_step}"]
    with _transaction(db.engine) as connection:
        pending = [f"migration {step.name} is missing" for step in _pending(connection)]
        return pending + differences(connection) + _views_amiss(connection)


def _views_amiss(connection: Connection) -> list[str]:
    found = found_shapes(connection)
    missing = [f"view {name} is missing" for name in VIEWS if name not in found]
    return missing + [
        f"view {name} has other columns: tidegate db upgrade makes it anew"
        for name, view in catalog().items()
        if name in found and list(found[name].columns) != [each.name for each in view.columns]
    ]


def check_version(db: Database) -> None:
    """Raise `SchemaMismatch`, with what to do, unless this program may run on the database."""
    with _transaction(db.engine) as connection:
        row = _version_row(connection)
        if row is None:
            raise SchemaMismatch("the database holds no Tidegate schema", next_step=UPGRADE)
        led_by = connection.execute(select(leader.c.schema_no)).scalars().all()
    if max(row.oldest_reader, *led_by) > SCHEMA_NO:
        raise _too_new(row.version)
    number = min(row.schema_no, *led_by)
    if number < SCHEMA_NO:
        raise SchemaMismatch(
            f"the database's schema is number {number}, this program needs {SCHEMA_NO}",
            next_step=UPGRADE,
        )


def wait(
    db_factory: Callable[[], Database],
    timeout: float,
    clock: Clock,
    sleep: Callable[[float], None],
) -> None:
    """Return as soon as the database answers, whatever its schema.

    Args:
        db_factory: a new database per try; name one that exists already, such as `master`.
        timeout: seconds, after which `StoreUnavailable` is raised with the last reason.
        clock: its monotonic time counts.
        sleep: waits so many seconds between two tries.
    """
    deadline = clock.monotonic() + timeout
    while (error := _no_answer(db_factory)) is not None:
        if clock.monotonic() >= deadline:
            raise StoreUnavailable(
                f"no answer within {timeout:g} s: {error}", next_step=error.next_step
            ) from error
        sleep(_POLL_S)


def _no_answer(db_factory: Callable[[], Database]) -> StoreError | None:
    try:
        db = db_factory()
        try:
            with _transaction(db.engine) as connection:
                connection.execute(select(1))
        finally:
            db.close()
    except (StoreUnavailable, StoreBusy) as error:
        return error
    return None


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        known: Any = error.orig
        raise (of_sqlite if engine.dialect.name == "sqlite" else of_odbc)(known) from error


def _take_turn(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.timeout = 0  # an index on millions of rows takes its time
    connection.exec_driver_sql(_BEGIN).scalar_one()
    if connection.exec_driver_sql(_TAKE_TURN).scalar_one() < 0:
        raise StoreBusy("another upgrade of this database is under way")
    connection.exec_driver_sql(_SCHEMA)


def _now(connection: Connection, clock: Clock) -> Any:
    return func.sysutcdatetime() if connection.dialect.name == "mssql" else stamp(clock.now())


def _pending(connection: Connection) -> list[Step]:
    at = None
    if VERSION_TABLE in names(connection):
        at = migrations.revision_of(connection, schema_of(connection))
    pending = migrations.after(at)
    if pending is None:
        row = _version_row(connection)
        raise _too_new(row.version if row else f"that knows migration {at}")
    return pending


def _record(connection: Connection, clock: Clock, applied: Sequence[Step]) -> None:
    row: dict[str, Any] = {"version": __version__, "applied_at": _now(connection, clock)}
    if applied:
        row |= {"schema_no": applied[-1].number, "oldest_reader": applied[-1].oldest_reader}
    elif connection.execute(select(schema_version.c.version)).scalar_one() == __version__:
        return
    connection.execute(update(schema_version).values(**row))


def _hand_over(connection: Connection, changed: bool) -> None:
    led = update(leader).values(epoch=leader.c.epoch + 1, schema_no=SCHEMA_NO)
    connection.execute(led if changed else led.where(leader.c.schema_no != SCHEMA_NO))


def _version_row(connection: Connection) -> Row[Any] | None:
    if not {schema_version.name, leader.name} <= names(connection):
        return None
    return connection.execute(select(schema_version)).one_or_none()


def _too_new(version: str) -> SchemaMismatch:
    return SchemaMismatch(
        f"the database's schema is newer than this program (Tidegate {__version__})",
        next_step=f"install the release {version}, or a newer one",
    )
