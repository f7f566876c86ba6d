"""`tidegate try`: the first minute."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cli import exits
from cli.trying import EXAMPLE
from tests.cli.conftest import Run
from tests.e2e.house import ADMIN_KEY, WEBHOOK_KEY, House

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_the_example_is_applied_and_its_timeline_printed(house: House, run: Run) -> None:
    ran = run("try", "--dir", house.dir, "--url", house.http.base_url)
    assert (ran.code, ran.err) == (exits.OK, "")
    for words in ("202", "accepted", "attempt 1", "applied"):
        assert words in ran.out
    again = run("try", "--dir", house.dir, "--url", house.http.base_url)
    assert again.code == exits.OK
    assert "duplicate" in again.out


def test_the_example_is_the_readmes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for value in EXAMPLE["item"].values():
        assert str(value) in readme


def test_where_nothing_listens_it_says_what_to_start(run: Run) -> None:
    ran = run("try", "--url", "http://127.0.0.1:1")
    assert (ran.code, ran.out) == (exits.PROBLEM, "")
    assert "tidegate up" in ran.err


def test_a_house_that_is_slow_to_answer_is_not_taken_for_none(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.trying.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as slow:
        ran = run("try", "--url", f"http://127.0.0.1:{slow.getsockname()[1]}")
    assert (ran.code, ran.out) == (exits.PROBLEM, "")
    assert "has not answered within 0.2 s" in ran.err
    assert "tidegate status" in ran.err


@pytest.mark.process
def test_a_key_of_another_house_is_named(house: House, run: Run) -> None:
    ran = run("try", "--dir", "elsewhere", "--url", house.http.base_url)
    assert ran.code == exits.USAGE
    assert "WEBHOOK_KEY" in ran.err


@pytest.mark.process
def test_what_is_not_applied_is_a_problem(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    try:
        house.up()
        house.fault(status=400, times=1)
        monkeypatch.setenv("WEBHOOK_KEY", WEBHOOK_KEY)
        monkeypatch.setenv("ADMIN_KEY", ADMIN_KEY)
        ran = run("try", "--url", house.http.base_url)
    finally:
        house.close()
    assert ran.code == exits.PROBLEM
    assert "dead" in ran.out
