"""`tidegate subscriptions`: what it shows, and the switch."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Run, with_schema

ROW = (
    "INSERT INTO subscription (name, url, enabled, changed_at)"
    " VALUES ('crm', 'https://crm.example', 1, '2026-11-21 08:00:00.000000')"
)


@pytest.fixture
def db(run: Run) -> Run:
    with_schema(Path("d"))
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection:
        connection.execute(ROW)
        connection.commit()
    return lambda *args: run(*args, "--dir", "d")


def test_one_is_switched_off_and_on_and_the_list_says_why(db: Run) -> None:
    assert db("subscriptions", "list").code == exits.OK
    assert db("subscriptions", "disable", "crm", "--reason", "it moves").code == exits.OK
    listed = db("subscriptions", "list", "-o", "json")
    assert listed.code == exits.PROBLEM
    assert listed.json[0]["reason"].endswith(": it moves")
    assert db("subscriptions", "enable", "crm", "--reason", "it is there").code == exits.OK
    assert db("subscriptions", "enable", "crm", "--reason", "it is there").code == exits.NOTHING


def test_a_name_that_nobody_has_is_a_matter_of_usage(db: Run) -> None:
    ran = db("subscriptions", "enable", "cmr", "--reason", "a typo")
    assert (ran.code, "crm" in ran.err) == (exits.USAGE, True)


def test_the_doctor_names_the_switch_of_one_that_is_off(db: Run) -> None:
    db("subscriptions", "disable", "crm", "--reason", "it moves")
    found = {row["check"]: row for row in db("doctor", "-o", "json").json}
    assert found["subscription crm"]["next_step"].startswith("tidegate subscriptions enable crm")
