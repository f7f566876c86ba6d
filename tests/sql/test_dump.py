"""The script that is checked in says what the tables say, and makes what an upgrade makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sql import dump
from sql.dump import SCRIPT, batches, schema_script
from sql.migrate import upgrade, validate
from sql.tables import metadata
from sql.views import VIEWS
from tests.sql.databases import empty_database
from tidegate.clock import SystemClock


def test_the_checked_in_script_is_in_step() -> None:
    assert SCRIPT.read_text(encoding="utf-8") == schema_script()


def test_the_check_says_where_the_script_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dump, "SCRIPT", tmp_path / "mssql.sql")
    monkeypatch.setattr(dump, "ROLES", tmp_path / "roles.sql")
    assert dump.main([]) == 0
    assert dump.main(["--check"]) == 0
    (tmp_path / "mssql.sql").write_text(schema_script().replace("BINARY(32)", "BINARY(31)"))
    assert dump.main(["--check"]) == 1
    assert "-    key_hash BINARY(31) NOT NULL" in capsys.readouterr().out


def test_the_script_sets_what_filtered_indexes_need_first() -> None:
    head = batches(schema_script())[0]
    on = (
        "ANSI_NULLS ANSI_PADDING ANSI_WARNINGS ARITHABORT CONCAT_NULL_YIELDS_NULL QUOTED_IDENTIFIER"
    )
    for option in on.split():
        assert f"SET {option} ON;" in head
    assert "SET NUMERIC_ROUNDABORT OFF;" in head


def test_the_script_makes_every_table_index_and_view() -> None:
    script = schema_script()
    for table in metadata.tables.values():
        assert f"CREATE TABLE {table.fullname} (" in script
        for index in table.indexes:
            assert f"INDEX {index.name} ON {table.fullname} (" in script
    for name in VIEWS:
        assert f"CREATE VIEW tidegate.{name} AS" in script


def test_every_batch_of_the_script_is_guarded_or_drops_what_it_makes() -> None:
    starts = ("IF OBJECT_ID(", "IF NOT EXISTS (", "IF SCHEMA_ID(")
    for batch in batches(schema_script())[1:]:
        # A procedure's stub is made before it, a role's grants follow where it is there.
        made_anew = ("CREATE VIEW", "ALTER PROCEDURE", "IF DATABASE_PRINCIPAL_ID(")
        assert batch.startswith(starts) or any(words in batch for words in made_anew)


def test_the_script_says_in_words_what_the_columns_are() -> None:
    documented = [c for t in metadata.tables.values() for c in t.columns if c.comment]
    script = schema_script()
    assert documented
    assert all(f", -- {column.comment}\n" in script for column in documented)


@pytest.mark.mssql
def test_the_script_makes_what_an_upgrade_makes_and_may_run_twice(tmp_path: Path) -> None:
    with empty_database("mssql", tmp_path) as db:
        for _ in range(2):
            with db.engine.begin() as connection:
                for batch in batches(schema_script()):
                    connection.exec_driver_sql(batch)
        assert validate(db) == []
        assert upgrade(db, SystemClock()) == []
