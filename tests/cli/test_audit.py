"""`tidegate audit`, `db adopt`, `db backup`, `recover`: what they print and how they end."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Run
from tests.sql.records import three, written


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("record"), three)


@pytest.fixture
def folder(file: Path, tmp_path: Path) -> Path:
    made = tmp_path / "d"
    made.mkdir()
    shutil.copy(file, made / "tidegate.sqlite")
    return made


def execute(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "tidegate.sqlite")) as connection, connection:
        connection.execute(sql)


def test_a_record_that_is_whole_is_proved_up_to_its_head(run: Run, folder: Path) -> None:
    assert run("audit", "heads", "--export", "h.jsonl", "--dir", folder).code == exits.OK
    ran = run("audit", "verify", "--head", "h.jsonl", "--dir", folder)
    assert (ran.code, ran.out) == (exits.OK, "")
    assert "proved up to link 2 of 2" in ran.err


def test_what_was_changed_is_printed_and_ends_with_3(run: Run, folder: Path) -> None:
    execute(folder, "UPDATE sync_attempt SET message = 'other' WHERE id = 1")
    ran = run("audit", "verify", "--dir", folder)
    assert ran.code == exits.PROBLEM
    assert "its details (attempt 1.1)" in ran.out
    found = run("audit", "verify", "--dir", folder, "-o", "json").json
    assert [each["kind"] for each in found["findings"]] == ["changed"]


def test_a_cut_tail_is_printed(run: Run, folder: Path) -> None:
    run("audit", "heads", "--export", "h.jsonl", "--dir", folder)
    execute(folder, "DELETE FROM seal WHERE seq = 2")
    ran = run("audit", "verify", "--head", "h.jsonl", "--dir", folder)
    assert ran.code == exits.PROBLEM
    assert "its tail was cut" in ran.out


def test_each_export_adds_a_line(run: Run, folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        run("audit", "heads", "--export", "h.jsonl", "--dir", folder)
    lines = (tmp_path / "h.jsonl").read_text().splitlines()
    assert [json.loads(each)["seq"] for each in lines] == [2, 2]


def test_a_file_of_heads_that_is_not_there_is_told(run: Run, folder: Path) -> None:
    ran = run("audit", "verify", "--head", "none", "--dir", folder)
    assert ran.code == exits.USAGE
    assert "cannot be read" in ran.err


def test_a_restore_needs_to_know_up_to_when(run: Run, folder: Path) -> None:
    assert run("db", "adopt", "--as", "restored", "--dir", folder).code == exits.USAGE
    ran = run("db", "adopt", "--as", "restored", "--last-good", "1h", "--dir", folder)
    assert ran.code == exits.OK, ran.err
    assert "0 events" in ran.err
    late = run("db", "adopt", "--as", "restored", "--last-good", "9999-01-01", "--dir", folder)
    assert late.code == exits.USAGE


def test_a_copy_is_told_how_to_let_it_write(run: Run, folder: Path) -> None:
    ran = run("db", "adopt", "--as", "copy", "--environment", "test", "--dir", folder)
    assert (ran.code, "tidegate resume" in ran.err) == (exits.OK, True)
    again = run("resume", "--reason", "mine", "--dir", folder)
    assert "every adapter goes on: copy" in again.err


def test_recover_asks_before_it_does_anything(run: Run, folder: Path) -> None:
    assert run("recover", "--since", "1h", "--dir", folder).code == exits.USAGE
    ran = run("recover", "--since", "1h", "--yes", "--dir", folder)
    assert (ran.code, "looked up before" in ran.err) == (exits.OK, True)


def test_a_backup_overwrites_nothing_unasked(run: Run, folder: Path, tmp_path: Path) -> None:
    assert run("db", "backup", "b.sqlite", "--dir", folder).code == exits.OK
    assert run("db", "backup", "b.sqlite", "--dir", folder).code == exits.USAGE
    assert run("db", "backup", "b.sqlite", "--force", "--dir", folder).code == exits.OK
    with closing(sqlite3.connect(tmp_path / "b.sqlite")) as copy:
        assert copy.execute("SELECT COUNT(*) FROM sync_attempt").fetchone() == (3,)
