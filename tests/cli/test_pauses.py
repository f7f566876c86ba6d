"""`tidegate pause`, `tidegate resume`: rows, record, and what `status` says of them."""

from __future__ import annotations

import platform
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from tests.cli.conftest import Run, with_schema

WHY = ("--reason", "the ERP is moved")


@pytest.fixture
def db(run: Run) -> Run:
    with_schema(Path("d"))
    return lambda *args: run(*args, "--dir", "d")


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection:
        return connection.execute(sql).fetchall()


def pauses() -> list[tuple[Any, ...]]:
    return rows("SELECT target, entity, kind, reason, until_at FROM pause ORDER BY id")


def test_a_pause_is_a_row_with_a_record_of_who_and_why(db: Run) -> None:
    assert db("pause", "sandbox", *WHY).code == exits.OK
    assert pauses() == [("sandbox", None, "operator", WHY[1], None)]
    (trail,) = rows("SELECT action, source, entity, reason, actor, host FROM audit_trail")
    assert trail[:4] == ("paused", "sandbox", "*", WHY[1])
    assert trail[4].startswith("cli:")
    assert trail[5] == platform.node()


def test_without_a_target_all_stand_still_and_with_an_entity_only_it(db: Run) -> None:
    db("pause", *WHY)
    db("pause", "sandbox", "--entity", "bills", *WHY)
    assert [row[:2] for row in pauses()] == [(None, None), ("sandbox", "bills")]


def test_a_second_pause_of_the_same_replaces_the_first(db: Run) -> None:
    db("pause", "sandbox", *WHY)
    db("pause", "sandbox", "--reason", "again", "--until", "2099-01-01T00:00+02:00")
    assert pauses() == [("sandbox", None, "operator", "again", "2098-12-31 22:00:00.000000")]


def test_a_pause_may_last_for_a_while(db: Run) -> None:
    db("pause", "sandbox", "--for", "2h", *WHY)
    ((seconds,),) = rows("SELECT unixepoch(until_at) - unixepoch(since) FROM pause")
    assert 7198 <= seconds <= 7201


def test_resume_ends_what_people_and_refused_logins_paused_and_nothing_else(db: Run) -> None:
    db("pause", "sandbox", *WHY)
    db("pause", "sandbox", "--entity", "bills", *WHY)
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection, connection:
        connection.executemany(
            "INSERT INTO pause (target, kind, reason, actor, since) "
            "VALUES ('sandbox', ?, 'r', 'tidegate', '2026-01-01 00:00:00.000000')",
            [("auth",), ("breaker",)],
        )
    ran = db("resume", "sandbox", "--reason", "new password")
    assert ran.code == exits.OK
    assert [row[1:3] for row in pauses()] == [("bills", "operator"), (None, "breaker")]
    assert ran.err.count("still:") == 2
    actions = rows("SELECT action FROM audit_trail ORDER BY id")
    assert actions[-1] == ("resumed",)


def test_what_was_not_paused_is_told_apart_and_leaves_no_record(db: Run) -> None:
    ran = db("resume", "sandbox", *WHY)
    assert ran.code == exits.NOTHING
    assert "was not paused" in ran.err
    assert rows("SELECT * FROM audit_trail") == []


@pytest.mark.parametrize(
    "args",
    [
        ["pause", "sandbox"],
        ["pause", "sandbox", "--reason", "  "],
        ["pause", "sandbox", "--reason", "x" * 401],
        ["pause", "sandbx", *WHY],
        ["pause", "sandbox", "--entity", "bill", *WHY],
        ["pause", "--for", "2y", *WHY],
        ["pause", "--for", "0m", *WHY],
        ["pause", "--until", "tomorrow", *WHY],
        ["pause", "--until", "2001-01-01", *WHY],
        ["pause", "--until", "2099-01-01", "--for", "2h", *WHY],
        ["resume", "sandbx", *WHY],
    ],
)
def test_what_makes_no_sense_is_refused_and_pauses_nothing(db: Run, args: list[str]) -> None:
    assert db(*args).code == exits.USAGE
    assert pauses() == []


def test_status_shows_what_stands_still_and_a_refused_login_needs_a_person(db: Run) -> None:
    db("pause", "sandbox", "--entity", "bills", *WHY)
    said = db("status", "-o", "json").json
    assert [each["kind"] for each in said["pauses"]] == ["operator"]
    assert any("bills of sandbox stands still" in each for each in said["warnings"])
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection, connection:
        connection.execute("UPDATE pause SET kind = 'auth'")
    assert any("(auth," in each for each in db("status", "-o", "json").json["problems"])


def test_a_pause_whose_time_has_come_is_not_shown(db: Run) -> None:
    db("pause", "sandbox", *WHY)
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection, connection:
        connection.execute("UPDATE pause SET until_at = '2026-01-01 00:00:00.000000'")
    assert db("status", "-o", "json").json["pauses"] == []
