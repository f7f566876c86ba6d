"""Bring a database to the schema of this program, and say whether it is there.

A migration is `pre` (the version before goes on working on what it leaves) or `post`. While only
`pre` has run, the rows of `leader` keep their number and the old version leads on; the rest ends
with epoch + 1 and the new number, so that a leader of another schema steps down by its next fence.
Alembic is imported where it is used: most commands never need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.exc import DBAPIError

from sql.catalog import differences, found_shapes, schema_of
from sql.database import Database
from sql.faults import of_odbc, of_sqlite
from sql.sqlite import stamp
from sql.tables import SCHEMA_NO
from sql.tables.system import leader, schema_version
from sql.views import VIEWS, create_views
from tidegate import __version__
from tidegate.clock import Clock
from tidegate.errors import SchemaMismatch, StoreBusy, StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import Script, ScriptDirectory

VERSION_TABLE = "alembic_version"
UPGRADE = "tidegate db upgrade"
_POLL_S = 1.0
# Reading a table first opens the transaction that the lock shall belong to.
_ALONE = """
SET NOCOUNT ON;
DECLARE @schemas int = (SELECT COUNT(*) FROM sys.schemas), @got int;
EXEC @got = sp_getapplock @Resource = N'tidegate.upgrade', @LockMode = N'Exclusive',
                          @LockOwner = N'Transaction', @LockTimeout = 60000;
SELECT @got AS got;
"""
_SCHEMA = "IF SCHEMA_ID(N'tidegate') IS NULL EXEC(N'CREATE SCHEMA tidegate')"

Phase = Literal["pre", "post"]


def upgrade(db: Database, clock: Clock, phase: Phase | None = None) -> list[str]:
    """Apply what is missing, in one transaction, and make the views anew.

    Returns the names of the applied migrations. Raises `SchemaMismatch` where the database is newer
    than this program, or where `post` is asked for before `pre`; `StoreBusy` while another runs.
    """
    with _transaction(db.engine) as connection:
        if connection.dialect.name == "mssql":
            _take_turn(connection)
        config = _config(connection, clock)
        steps = _chosen(_pending(config, connection), phase)
        if steps:
            _apply(config, steps)
        create_views(connection)
        _record(connection, clock, steps)
        if phase != "pre":
            _hand_over(connection, bool(steps))
    return [_name(step) for step in steps]


def validate(db: Database) -> list[str]:
    """What is wrong with the database's schema, for people; empty where all is well."""
    with _transaction(db.engine) as connection:
        found = found_shapes(connection)
        if VERSION_TABLE not in found:
            return [f"there is no schema yet: {UPGRADE}"]
        config = _config(connection, None)
        missing = [f"migration {_name(s)} is missing" for s in _pending(config, connection)]
        views = [f"view {name} is missing" for name in VIEWS if name not in found]
        return missing + differences(connection) + views + _numbers_amiss(connection)


def check_version(db: Database) -> None:
    """Raise `SchemaMismatch`, with what to do, unless this program may run on the database."""
    with _transaction(db.engine) as connection:
        row = _version_row(connection)
        if row is None:
            raise SchemaMismatch("the database holds no Tidegate schema", next_step=UPGRADE)
        leads = connection.execute(select(leader.c.schema_no)).scalars().all()
    newest, oldest = max(leads, default=0), min(leads, default=0)
    if max(row.oldest_reader, newest) > SCHEMA_NO:
        raise _too_new(row.version)
    if min(row.schema_no, oldest) < SCHEMA_NO:
        raise SchemaMismatch(
            f"the database's schema is number {min(row.schema_no, oldest)}, "
            f"this program needs {SCHEMA_NO}",
            next_step=UPGRADE,
        )


def wait(
    db_factory: Callable[[], Database],
    timeout: float,
    clock: Clock,
    sleep: Callable[[float], None],
) -> None:
    """Return as soon as the database answers; its schema does not matter.

    Args:
        db_factory: a new database per try; give it one that exists, such as `master`.
        timeout: seconds after which `StoreUnavailable` is raised with the last reason.
        clock: its monotonic time counts.
        sleep: waits so many seconds between two tries.
    """
    deadline = clock.monotonic() + timeout
    while True:
        try:
            _ask(db_factory)
        except (StoreUnavailable, StoreBusy) as error:
            if clock.monotonic() >= deadline:
                raise StoreUnavailable(
                    f"no answer within {timeout:g} s: {error}", next_step=error.next_step
                ) from error
            sleep(_POLL_S)
        else:
            return


def known_migrations() -> list[str]:
    """The names of all migrations of this program, in order."""
    return [_name(step) for step in _steps(_scripts(_bare_config()))]


def head() -> str:
    """The revision that a database of this program's schema is at."""
    return known_migrations()[-1].partition("_")[0]


def _ask(db_factory: Callable[[], Database]) -> None:
    db = db_factory()
    try:
        with _transaction(db.engine) as connection:
            connection.execute(select(1))
    finally:
        db.close()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        known: Any = error.orig
        raise (of_sqlite if engine.dialect.name == "sqlite" else of_odbc)(known) from error


def _take_turn(connection: Connection) -> None:
    if connection.exec_driver_sql(_ALONE).scalar_one() < 0:
        raise StoreBusy("another upgrade of this database is under way")
    connection.exec_driver_sql(_SCHEMA)


def _bare_config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "sql:migrations")
    return config


def _config(connection: Connection, clock: Clock | None) -> Config:
    config = _bare_config()
    config.attributes.update(
        connection=connection,
        schema=schema_of(connection),
        version_table=VERSION_TABLE,
        now=_now(connection, clock) if clock else None,
    )
    return config


def _now(connection: Connection, clock: Clock) -> Any:
    return func.sysutcdatetime() if connection.dialect.name == "mssql" else stamp(clock.now())


def _scripts(config: Config) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)


def _steps(scripts: ScriptDirectory) -> list[Script]:
    return list(scripts.walk_revisions())[::-1]


def _pending(config: Config, connection: Connection) -> list[Script]:
    from alembic.migration import MigrationContext

    opts = {"version_table": VERSION_TABLE, "version_table_schema": schema_of(connection)}
    at = MigrationContext.configure(connection, opts=opts).get_current_revision()
    steps = _steps(_scripts(config))
    if at is None:
        return steps
    known = [step.revision for step in steps]
    if at not in known:
        row = _version_row(connection)
        raise _too_new(row.version if row else "that upgraded it")
    return steps[known.index(at) + 1 :]


def _chosen(pending: list[Script], phase: Phase | None) -> list[Script]:
    if phase is None:
        return pending
    first_post = next((i for i, s in enumerate(pending) if _phase(s) == "post"), len(pending))
    if phase == "pre":
        return pending[:first_post]
    if first_post:
        raise SchemaMismatch(
            f"{_name(pending[0])} comes before what is `post`", next_step=f"{UPGRADE} --phase pre"
        )
    return pending


def _apply(config: Config, steps: Sequence[Script]) -> None:
    from alembic import command

    command.upgrade(config, steps[-1].revision)


def _record(connection: Connection, clock: Clock, steps: Sequence[Script]) -> None:
    row = {"version": __version__, "applied_at": _now(connection, clock)}
    if steps:
        last = steps[-1]
        row |= {"schema_no": int(last.revision), "oldest_reader": last.module.oldest_reader}
    elif connection.execute(select(schema_version.c.version)).scalar_one() == __version__:
        return
    connection.execute(update(schema_version).values(**row))


def _hand_over(connection: Connection, changed: bool) -> None:
    led = update(leader).values(epoch=leader.c.epoch + 1, schema_no=SCHEMA_NO)
    connection.execute(led if changed else led.where(leader.c.schema_no != SCHEMA_NO))


def _version_row(connection: Connection) -> Row[Any] | None:
    if not {schema_version.name, leader.name} <= found_shapes(connection).keys():
        return None
    return connection.execute(select(schema_version)).one_or_none()


def _numbers_amiss(connection: Connection) -> Iterator[str]: ...


def _too_new(version: str) -> SchemaMismatch:
    return SchemaMismatch(
        f"the database's schema is newer than this program (Tidegate {__version__})",
        next_step=f"install the release {version}, or a newer one",
    )


def _name(step: Script) -> str:
    return PurePath(step.path).stem


def _phase(step: Script) -> str:
    return _name(step).split("_")[1]
