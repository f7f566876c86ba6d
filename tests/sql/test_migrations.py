"""Migrations make the schema that the tables describe, once, whole, and with a new term."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update

from sql.catalog import names, schema_of
from sql.database import Database
from sql.migrate import check_version, upgrade, validate, wait
from sql.open import open_database
from sql.sqlite import SqliteDatabase
from sql.steps import NEWEST, VERSION_TABLE, Step, all_steps, apply, chosen
from sql.tables import SCHEMA_NO, metadata
from sql.tables.audit import seal
from sql.tables.system import leader, schema_version
from tests.sql.databases import KINDS, empty_database
from tests.sql.stores import START, every_row
from tidegate import __version__
from tidegate.clock import ManualClock, SystemClock
from tidegate.errors import ConfigError, SchemaMismatch, StoreError, StoreUnavailable

CLOCK = SystemClock()
_SCHEMA = "IF SCHEMA_ID(N'tidegate') IS NULL EXEC(N'CREATE SCHEMA tidegate')"
_SPACE = re.compile(r"\s*([(),]|\s)\s*")
EVERYTHING = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index')"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    with empty_database("sqlite", tmp_path) as db:
        yield db


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with empty_database("sqlite", tmp_path) as db:
        upgrade(db, CLOCK)
        yield db


def execute(db: Database, *statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def epochs(db: Database) -> list[tuple[int, int]]:
    with db.engine.begin() as connection:
        found = connection.execute(select(leader.c.epoch, leader.c.schema_no))
        return [(row.epoch, row.schema_no) for row in found]


def set_numbers(db: Database, *, schema: int, oldest_reader: int, led: int) -> None:
    numbers = {"schema_no": schema, "oldest_reader": oldest_reader}
    with db.engine.begin() as connection:
        connection.execute(update(schema_version).values(**numbers))
        connection.execute(update(leader).values(schema_no=led))


def made(db: Database) -> set[tuple[str, ...]]:
    """Tables with their columns and types, indexes with their filters, as SQLite keeps them."""
    with db.engine.begin() as connection:
        rows = connection.exec_driver_sql(EVERYTHING).fetchall()
    return {
        (row.type, row.name, _SPACE.sub(r"\1", row.sql or ""))
        for row in rows
        if VERSION_TABLE not in (row.name, row.tbl_name)
    }


def test_the_sum_of_the_migrations_is_the_schema_of_the_tables(
    db: Database, tmp_path: Path
) -> None:
    with closing(SqliteDatabase(tmp_path / "other.sqlite", CLOCK)) as other:
        metadata.create_all(other.engine)
        assert made(db) == made(other)


def test_an_upgrade_of_an_empty_database_leaves_nothing_to_find_fault_with(empty: Database) -> None:
    assert upgrade(empty, CLOCK) == [step.name for step in all_steps()]
    assert validate(empty) == []
    check_version(empty)


def test_a_second_upgrade_finds_nothing_to_do(empty: Database) -> None:
    upgrade(empty, CLOCK)
    before = epochs(empty)
    assert upgrade(empty, CLOCK) == []
    assert epochs(empty) == before


def assert_first_rows(db: Database) -> None:
    with db.engine.begin() as connection:
        leaders = connection.execute(select(leader).order_by(leader.c.name)).all()
        [link] = connection.execute(select(seal)).all()
        [version] = connection.execute(select(schema_version)).all()
    assert [tuple(row)[:4] for row in leaders] == [("relay", 0, "", 0), ("sync", 0, "", 0)]
    assert tuple(link)[:6] == (0, 0, "genesis", "", bytes(32), bytes(32))
    assert tuple(version)[:4] == (1, SCHEMA_NO, 1, __version__)


def test_the_first_rows_are_there(empty: Database) -> None:
    upgrade(empty, CLOCK, phase="pre")
    assert_first_rows(empty)


def test_an_upgrade_ends_the_terms_of_both_leaders(empty: Database) -> None:
    upgrade(empty, CLOCK)
    [(before, _), _] = epochs(empty)
    set_numbers(empty, schema=SCHEMA_NO, oldest_reader=1, led=SCHEMA_NO - 1)
    upgrade(empty, CLOCK)
    assert epochs(empty) == [(before + 1, SCHEMA_NO)] * 2


def test_what_runs_before_a_release_leaves_the_old_leader_in_office(db: Database) -> None:
    set_numbers(db, schema=SCHEMA_NO, oldest_reader=1, led=SCHEMA_NO - 1)
    before = epochs(db)
    upgrade(db, CLOCK, phase="pre")
    assert epochs(db) == before


def test_pre_ends_before_the_first_post_and_post_wants_it_done() -> None:
    pending = [Step(name, name[:4], 1) for name in ("0002_pre_a", "0003_post_b", "0004_pre_c")]
    assert chosen(pending, "pre") == pending[:1]
    assert chosen(pending, None) == pending
    assert chosen(pending[1:], "post") == pending[1:]
    with pytest.raises(SchemaMismatch) as caught:
        chosen(pending, "post")
    assert caught.value.next_step == "tidegate db upgrade --phase pre"


def test_the_schema_number_is_that_of_the_last_migration() -> None:
    steps = all_steps()
    assert steps[-1].revision == NEWEST
    assert [step.number for step in steps] == list(range(1, SCHEMA_NO + 1))
    assert {step.phase for step in steps} <= {"pre", "post"}
    assert all(step.name.startswith(step.revision + "_") for step in steps)


def test_an_upgrade_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with empty_database("sqlite", tmp_path) as db:
        execute(db, "CREATE TABLE schema_version (id INTEGER)")
        with pytest.raises(StoreError):
            upgrade(db, CLOCK)
        assert [name for _, name, _ in made(db)] == ["schema_version"]


def test_of_two_upgrades_at_once_one_does_the_work(tmp_path: Path) -> None:
    applied: list[list[str]] = []

    def run() -> None:
        with closing(open_database(None, None, tmp_path, CLOCK, "test")) as db:
            applied.append(upgrade(db, CLOCK))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(len, applied)) == [0, len(all_steps())]


def test_a_program_refuses_a_database_without_a_schema(empty: Database) -> None:
    with pytest.raises(SchemaMismatch) as caught:
        check_version(empty)
    assert caught.value.next_step == "tidegate db upgrade"
    assert validate(empty) == ["the database holds no Tidegate schema: tidegate db upgrade"]


@pytest.mark.parametrize(
    ("schema", "led"), [(SCHEMA_NO - 1, SCHEMA_NO), (SCHEMA_NO, SCHEMA_NO - 1)]
)
def test_a_program_refuses_an_older_schema_or_a_leader_of_one(
    db: Database, schema: int, led: int
) -> None:
    set_numbers(db, schema=schema, oldest_reader=0, led=led)
    with pytest.raises(SchemaMismatch) as caught:
        check_version(db)
    assert caught.value.next_step == "tidegate db upgrade"


@pytest.mark.parametrize(
    ("oldest_reader", "led"), [(SCHEMA_NO + 1, SCHEMA_NO), (SCHEMA_NO, SCHEMA_NO + 1)]
)
def test_a_program_refuses_a_schema_that_has_left_it_behind(
    db: Database, oldest_reader: int, led: int
) -> None:
    set_numbers(db, schema=SCHEMA_NO + 1, oldest_reader=oldest_reader, led=led)
    with pytest.raises(SchemaMismatch, match="newer than this program") as caught:
        check_version(db)
    assert caught.value.next_step.startswith("install the release")


def test_a_program_runs_on_a_newer_schema_that_still_admits_it(db: Database) -> None:
    set_numbers(db, schema=SCHEMA_NO + 1, oldest_reader=SCHEMA_NO, led=SCHEMA_NO)
    check_version(db)


def test_an_upgrade_refuses_a_database_of_a_newer_release(db: Database) -> None:
    execute(db, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = epochs(db)
    with pytest.raises(SchemaMismatch, match="newer than this program"):
        upgrade(db, CLOCK)
    assert epochs(db) == before


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("DROP TABLE attempt_body", "table attempt_body is missing"),
        ("ALTER TABLE outbox DROP COLUMN trace", "outbox.trace is missing"),
        ("DROP INDEX delivery_by_event", "delivery: the index on (event_uuid) is missing"),
        ("DROP VIEW v_queue_age", "view v_queue_age is missing"),
    ],
)
def test_validation_names_what_is_missing(db: Database, damage: str, finding: str) -> None:
    execute(db, damage)
    assert validate(db) == [finding]


def test_validation_names_a_column_of_another_type(db: Database) -> None:
    execute(
        db,
        "DROP TABLE payload",
        "CREATE TABLE payload (event_id BIGINT NOT NULL PRIMARY KEY, body BLOB NOT NULL,"
        " media_type VARCHAR(10) NOT NULL, pointer VARCHAR(200), answer BLOB,"
        " erased_at VARCHAR(26))",
    )
    assert validate(db) == [
        "payload.media_type is varchar(10) NOT NULL, and should be varchar(100) NOT NULL",
        "payload.pointer is varchar(200) NULL, and should be varchar(200) NOT NULL",
    ]


@pytest.mark.mssql
def test_a_server_goes_the_same_way_from_nothing_to_damage(tmp_path: Path) -> None:
    # One schema for the whole way: to make one costs seconds there.
    with empty_database("mssql", tmp_path) as db:
        test_a_program_refuses_a_database_without_a_schema(db)
        upgrade(db, CLOCK, phase="pre")
        assert_first_rows(db)
        set_numbers(db, schema=SCHEMA_NO, oldest_reader=1, led=SCHEMA_NO - 1)
        assert upgrade(db, CLOCK) == []
        assert epochs(db) == [(1, SCHEMA_NO)] * 2
        check_version(db)
        assert validate(db) == []
        execute(
            db,
            "DROP VIEW tidegate.v_queue_age",
            "DROP TABLE tidegate.dispatch_key",
            "CREATE TABLE tidegate.dispatch_key (id BIGINT NOT NULL IDENTITY PRIMARY KEY,"
            " subscription_id INT NOT NULL, key_hash BINARY(32) NOT NULL)",
        )
        assert validate(db) == [
            "dispatch_key.subscription_id is int NOT NULL, and should be bigint NOT NULL",
            "dispatch_key.next_no is missing",
            "dispatch_key: the unique index on (subscription_id, key_hash) is missing",
            "view v_queue_age is missing",
        ]


@pytest.mark.mssql
def test_a_failed_upgrade_of_a_server_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    with empty_database("mssql", tmp_path) as db:
        execute(db, "CREATE TABLE tidegate.schema_version (id INT)")
        with pytest.raises(StoreError):
            upgrade(db, CLOCK)
        with db.engine.begin() as connection:
            assert names(connection) == {"schema_version"}


def test_rows_outlive_an_upgrade(db: Database) -> None:
    row = {"seq": 1, "epoch": 1, "kind": "open", "ids": "1.1", "at": "2026-11-21 08:00:00.000000"}
    with db.engine.begin() as connection:
        connection.execute(insert(seal).values(**row, rows_hash=bytes(32), hash=bytes(32)))
    upgrade(db, CLOCK)
    with db.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(seal)).scalar_one() == 2
        assert schema_of(connection) is None


@contextmanager
def at_schema_1(kind: str, folder: Path) -> Iterator[Database]:
    """A database that the first release made and filled: every state, a dead letter, a delivery."""
    with empty_database(kind, folder) as db:
        with db.engine.begin() as connection:
            if schema_of(connection):
                connection.exec_driver_sql(_SCHEMA)
            apply(connection, schema_of(connection), START, all_steps()[:1])
            for table, rows in first_rows().items():
                connection.execute(insert(metadata.tables[f"tidegate.{table}"]), rows)
            connection.execute(update(leader).values(epoch=7))
        yield db


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """By table; nothing in them was unknown to the first release."""
    event = {
        "accepted_at": START, "source": "zoho", "entity": "products", "kind": "state",
        "operation": "update", "channel": "shape", "verdict": "new", "message_no": 0,
        "rule_version": 1, "late": 0, "config_version": "",
    }  # fmt: skip
    row = {"target": "sandbox", "priority": 5, "attempts": 1, "tries": 1, "alone": 0, "crashes": 0}
    delivered = {
        "uuid": str(UUID(int=99)), "received_at": START, "source": "zoho", "entity": "products",
        "channel": "shape", "verdict": "new", "rule": "first", "rule_version": 1, "reason": "ä",
        "config_version": "", "seen": 3, "last_at": START,
    }  # fmt: skip
    letter = {
        "event_id": 6, "event_uuid": str(UUID(int=5)), "born_at": START, "reason": "rejected",
        "error_class": "e", "message": "ß", "fingerprint": "0", "attempts": 1, "state": "open",
    }  # fmt: skip
    due = {3: START, 4: START}
    return {
        "delivery": [delivered],
        "inbox": [
            event | {"uuid": str(UUID(int=n)), "state": "dead" if n == 5 else "live"}
            for n in range(6)
        ],
        "sync_queue": [
            row | {"event_id": n + 1, "key_id": n, "seq": 1, "state": n, "due_at": due.get(n)}
            for n in range(6)
        ],
        "dead_letter": [letter],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_release_s_rows_outlive_the_second_s_upgrade(kind: str, tmp_path: Path) -> None:
    with at_schema_1(kind, tmp_path) as db:
        with pytest.raises(SchemaMismatch):
            check_version(db)
        assert upgrade(db, CLOCK) == [step.name for step in all_steps()[1:]]
        assert validate(db) == []
        assert epochs(db) == [(8, SCHEMA_NO)] * 2
        found = every_row(db)
        for name, rows in first_rows().items():
            kept = [{column: each[column] for column in rows[0]} for each in found[name]]
            assert (name, kept) == (name, rows)
        assert {row["deadline_at"] for row in found["sync_queue"]} == {None}
        assert (found["pause"], found["operator_request"]) == ([], [])
        poll = db.read("queue/poll", {"target": "sandbox"})["poll"][0]
        assert (poll["ready"], poll["expired"]) == (1, 0)


def test_waiting_ends_when_the_database_answers(tmp_path: Path) -> None:
    clock = ManualClock()
    tries: list[float] = []

    def opened() -> Database:
        tries.append(clock.monotonic())
        if len(tries) < 3:
            raise StoreUnavailable("nothing answers there")
        return SqliteDatabase(tmp_path / "late.sqlite", clock)

    wait(opened, 60, clock, clock.advance)
    assert len(tries) == 3


def test_waiting_gives_up_with_the_last_reason_and_its_next_step(tmp_path: Path) -> None:
    clock = ManualClock()

    def opened() -> Database:
        raise StoreUnavailable("nothing answers there", next_step="check the firewall")

    with pytest.raises(StoreUnavailable, match="within 5 s: nothing answers") as caught:
        wait(opened, 5, clock, clock.advance)
    assert caught.value.next_step == "check the firewall"


def test_waiting_does_not_wait_for_a_setting_to_mend_itself(tmp_path: Path) -> None:
    clock = ManualClock()
    with pytest.raises(ConfigError):
        wait(lambda: open_database("oops", None, None, clock, "db"), 5, clock, clock.advance)


def test_nothing_imports_alembic_or_a_driver_before_it_is_used() -> None:
    code = (
        "import sys, sql.dump, sql.migrate, sql.open, sql.views;"
        "sys.exit(bool({'alembic', 'pyodbc'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_imports_alembic_where_no_migration_is_pending(db: SqliteDatabase) -> None:
    code = (
        "import sys; from pathlib import Path; from sql.migrate import validate;"
        "from sql.sqlite import SqliteDatabase; from tidegate.clock import SystemClock;"
        f"found = validate(SqliteDatabase(Path({str(db.path)!r}), SystemClock()));"
        "sys.exit(bool(found) or 'alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
