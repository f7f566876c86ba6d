"""The doctor names what is wrong and what to do about it, and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from tests.cli.conftest import Run, with_schema
from tests.e2e.house import House


def checks(run: Run, *args: object) -> dict[str, Any]:
    return {row["check"]: row for row in run("doctor", *args, "-o", "json").json}


def test_a_house_that_runs_is_well(run: Run, house: House) -> None:
    found = run("doctor", "--dir", house.dir, "-o", "json")
    states = {row["check"]: row["state"] for row in found.json}
    assert found.code == exits.OK, found.json
    assert states["schema"] == states["place"] == states["sync leader"] == "ok"


def test_without_a_database_it_says_how_to_get_one_and_makes_none(run: Run) -> None:
    assert run("doctor", "--dir", "d").code == exits.PROBLEM
    assert "tidegate up" in checks(run, "--dir", "d")["database"]["next_step"]
    assert not Path("d").exists()


def test_a_damaged_schema_is_named(run: Run) -> None:
    with_schema(Path("d"))
    with closing(sqlite3.connect(Path("d") / "tidegate.sqlite")) as connection:
        connection.execute("DROP INDEX delivery_by_event")
    found = checks(run, "--dir", "d")["schema"]
    assert found["state"] == "problem"
    assert "delivery" in found["found"]


def test_keys_that_others_can_read_are_a_problem(run: Run) -> None:
    with_schema(Path("d"))
    keys = Path("d") / "keys.env"
    keys.write_text("ADMIN_KEY=x\n")
    keys.chmod(0o644)
    assert checks(run, "--dir", "d")["keys"]["next_step"].startswith("chmod 600")


def test_an_erp_that_does_not_answer_is_a_problem(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_ADAPTER", "business_central")
    monkeypatch.setenv("ERP_BASE_URL", "http://127.0.0.1:9/bc")
    for name in ("ERP_COMPANY", "ERP_USER", "ERP_PASSWORD"):
        monkeypatch.setenv(name, "CRONUS")
    with_schema(Path("d"))
    found = checks(run, "--dir", "d")["business_central answers"]
    assert found["state"] == "problem"


def test_nobody_who_would_be_told_is_a_warning_and_no_more(run: Run) -> None:
    with_schema(Path("d"))
    assert checks(run, "--dir", "d")["alerts"]["state"] == "warning"
    assert run("doctor", "--dir", "d").code == exits.OK
