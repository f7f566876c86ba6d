"""`tidegate db`: the schema's verbs, on SQLite."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cli import exits
from sql.dump import SCRIPT
from sql.steps import all_steps
from tests.cli.conftest import Run

SERVER = os.environ.get("TEST_MSSQL_DSN")


def test_an_upgrade_names_what_it_applied_once(run: Run) -> None:
    first, second = run("db", "upgrade", "--dir", "d"), run("db", "upgrade", "--dir", "d")
    assert first.out.split() == [step.name for step in all_steps()]
    assert (first.code, second.code, second.out) == (exits.OK, exits.OK, "")
    assert "up to date" in second.err


def test_validate_says_what_is_missing_before_and_nothing_after(run: Run) -> None:
    before = run("db", "validate", "--dir", "d")
    assert before.code == exits.PROBLEM
    assert "tidegate db upgrade" in before.out
    assert run("db", "upgrade", "--dir", "d").code == exits.OK
    after = run("db", "validate", "--dir", "d")
    assert (after.code, after.out) == (exits.OK, "")


def test_validate_finds_what_somebody_took_away(run: Run, tmp_path: Path) -> None:
    run("db", "upgrade", "--dir", tmp_path)
    with closing(sqlite3.connect(tmp_path / "tidegate.sqlite")) as connection, connection:
        connection.execute("DROP INDEX sync_queue_claim")
    ran = run("db", "validate", "--dir", tmp_path)
    assert ran.code == exits.PROBLEM
    assert "the index on (target, priority, id) is missing" in ran.out


def test_the_phases_follow_each_other(run: Run) -> None:
    early = run("db", "upgrade", "--phase", "post", "--dir", "d")
    assert early.code == exits.PROBLEM
    assert "--phase pre" in early.err
    assert run("db", "upgrade", "--phase", "pre", "--dir", "d").code == exits.OK
    assert run("db", "upgrade", "--phase", "post", "--dir", "d").code == exits.OK
    assert run("db", "upgrade", "--phase", "middle", "--dir", "d").code == exits.USAGE


def test_sql_prints_the_reviewed_script_and_nothing_else(run: Run) -> None:
    ran = run("db", "sql")
    assert (ran.code, ran.err) == (exits.OK, "")
    assert ran.out == SCRIPT.read_text(encoding="utf-8")


def test_wait_returns_as_soon_as_the_database_answers(run: Run) -> None:
    assert run("db", "wait", "--timeout", 5, "--dir", "d").code == exits.OK


def test_wait_ends_where_nothing_answers(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tidegate.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    ran = run("db", "wait", "--timeout", 0, "--dir", tmp_path)
    assert ran.code == exits.UNREACHABLE, ran.err


def test_create_leaves_sqlite_as_it_is(run: Run, tmp_path: Path) -> None:
    assert run("db", "upgrade", "--dir", tmp_path).code == exits.OK
    assert run("db", "create", "--dir", tmp_path).code == exits.OK
    assert run("db", "validate", "--dir", tmp_path).code == exits.OK


@pytest.mark.mssql
def test_a_server_that_nobody_runs_does_not_answer(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not SERVER:  # the driver may be missing, and it tries for ten seconds
        pytest.skip("TEST_MSSQL_DSN names no server")
    monkeypatch.setenv("DB_DSN", "mssql+pyodbc://u:very-secret@127.0.0.1:1/tidegate")
    ran = run("status")
    assert ran.code == exits.UNREACHABLE, ran.err
    assert "very-secret" not in ran.err


@pytest.mark.mssql
def test_a_server_gets_its_database_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SERVER:
        pytest.skip("TEST_MSSQL_DSN names no server")
    url = make_url(SERVER).set(database="tidegate_cli")
    monkeypatch.setenv("DB_DSN", url.render_as_string(hide_password=False))
    assert run("db", "wait", "--timeout", 10).code == exits.OK
    assert run("db", "create").code == exits.OK
    assert "already" in run("db", "create").err
    assert run("db", "upgrade").code == exits.OK
    assert run("db", "validate").code == exits.OK
    assert "nobody leads" in run("status").err
    assert run("events", "list", "-o", "json").code == exits.NOTHING
    assert run("events", "show", "01a1fc1d-0000-7000-8000-000000000000").code == exits.NOTHING


def test_a_dsn_that_cannot_be_read_is_told_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_DSN", "oracle://u:very-secret@h/d")
    ran = run("db", "upgrade")
    assert ran.code == exits.USAGE
    assert "mssql+pyodbc://" in ran.err
    assert "very-secret" not in ran.err
