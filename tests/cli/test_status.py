"""`tidegate status`, `tidegate leader show`: what they say, and when they say that it is bad."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from cli.status import judge
from tests.cli.conftest import Run, with_schema
from tests.e2e.house import House
from tests.e2e.wait import eventually

LED = {"sync": {"leads": True}, "relay": {"leads": True}}
QUIET = {"undistributed": 0, "live": 0, "dead": 0}


def judged(**differs: Any) -> tuple[int, int]:
    """How many problems and warnings a report makes."""
    report = {"leaders": LED, "outbox": QUIET, "dead_letters": 0, "oldest_eligible_age_s": None}
    report["pauses"] = []
    problems, warnings = judge({**report, **differs}, 300.0, differs.get("max_dead"))
    return len(problems), len(warnings)


@pytest.mark.parametrize(
    ("differs", "found"),
    [
        ({}, (0, 0)),
        ({"leaders": {**LED, "sync": {"leads": False}}}, (1, 0)),
        ({"leaders": {}}, (1, 1)),
        ({"oldest_eligible_age_s": 300.0}, (0, 0)),
        ({"oldest_eligible_age_s": 300.1}, (1, 0)),
        ({"dead_letters": 3}, (0, 1)),
        ({"dead_letters": 3, "max_dead": 3}, (0, 1)),
        ({"dead_letters": 3, "max_dead": 2}, (1, 0)),
        ({"leaders": {**LED, "relay": {"leads": False}}}, (0, 1)),
        ({"leaders": {"sync": LED["sync"]}, "outbox": {**QUIET, "live": 1}}, (1, 0)),
        ({"leaders": {"sync": LED["sync"]}, "outbox": {**QUIET, "undistributed": 1}}, (1, 0)),
    ],
)
def test_the_thresholds(differs: dict[str, Any], found: tuple[int, int]) -> None:
    assert judged(**differs) == found


@pytest.mark.process
def test_a_house_that_runs_is_fine(house: House, run: Run) -> None:
    ran = run("status", "--dir", house.dir, "-o", "json")
    assert (ran.code, ran.err) == (exits.OK, "")
    assert (ran.json["status"], ran.json["problems"]) == ("ok", [])
    assert set(ran.json) >= {"depth", "oldest_eligible_age_s", "dead_letters", "outbox", "leaders"}


@pytest.mark.process
def test_a_person_reads_one_screen(house: House, run: Run) -> None:
    out = run("status", "--dir", house.dir).out
    for words in ("oldest eligible", "dead letters", "outbox", "sync leader", "relay leader"):
        assert words in out


@pytest.mark.process
def test_both_leaders_are_shown_with_holder_and_beat(house: House, run: Run) -> None:
    rows = run("leader", "show", "--dir", house.dir, "-o", "json").json
    assert [(row["role"], row["leads"]) for row in rows] == [("relay", True), ("sync", True)]
    assert len({row["holder"] for row in rows}) == 1
    assert all(0 <= row["beat_age_s"] < 15 for row in rows)


@pytest.mark.process
def test_a_watch_goes_on_until_it_is_interrupted(house: House) -> None:
    watch = house.start("watch", "status", "--watch", "-o", "jsonl")
    eventually("it has looked twice", 20, lambda: watch.said().count("\n") >= 2 or None)
    watch.signal(signal.SIGINT)
    assert eventually("it ends", 10, lambda: watch.ended()) == exits.INTERRUPTED
    assert {json.loads(line)["status"] for line in watch.said().splitlines()} == {"ok"}


def test_where_nobody_leads_a_person_is_needed(run: Run) -> None:
    with_schema(Path("d"))
    ran = run("status", "--dir", "d")
    assert ran.code == exits.PROBLEM
    assert "nobody leads" in ran.err
    assert [row["leads"] for row in run("leader", "show", "--dir", "d", "-o", "json").json] == [
        False,
        False,
    ]


def test_an_event_that_waits_too_long_is_a_problem(run: Run, tmp_path: Path) -> None:
    from erp.registry import build_adapter
    from tidegate.clock import ManualClock
    from tidegate.config import load_config
    from tidegate.testing import Pipeline

    config = load_config(None)
    adapter = build_adapter("sandbox", config.adapter("sandbox"), "http://127.0.0.1:9", None)
    clock = ManualClock(datetime(2020, 1, 1, tzinfo=UTC))
    with closing(adapter), closing(Pipeline(tmp_path, adapter, clock=clock)) as pipeline:
        pipeline.post({"item_id": "1", "name": "A", "last_modified_time": "2020-01-01T00:00:00Z"})
    ran = run("status", "--dir", tmp_path, "-o", "json")
    assert ran.code == exits.PROBLEM
    assert "--max-age 300" in ran.json["problems"][1]
    assert ran.json["depth"] == {"sandbox": {"pending": 1}}
    patient = run("status", "--dir", tmp_path, "--max-age", 1e12, "-o", "json").json["problems"]
    assert len(patient) == 1


def test_what_its_own_letter_holds_counts_as_dead(run: Run, tmp_path: Path) -> None:
    with_schema(tmp_path)
    with closing(sqlite3.connect(tmp_path / "tidegate.sqlite")) as connection, connection:
        connection.execute(
            "INSERT INTO inbox (id, uuid, accepted_at, source, entity, kind, operation, channel, "
            "verdict, message_no, rule_version, late, state, config_version) VALUES "
            "(1, 'u', '2026-01-01 00:00:00.000000', 's', 'e', 'k', 'o', 'c', 'new', 0, 1, 0, "
            "'dead', 'v')"
        )
        connection.execute(
            "INSERT INTO sync_queue (event_id, key_id, seq, target, priority, state, attempts, "
            "tries, alone, crashes) VALUES (1, 1, 1, 'sandbox', 1, 5, 0, 0, 0, 0)"
        )
    assert run("status", "--dir", tmp_path, "-o", "json").json["depth"] == {"sandbox": {"dead": 1}}


@pytest.mark.parametrize("verb", [["status"], ["leader", "show"], ["events", "list"]])
def test_a_database_that_is_not_there_is_told_apart_and_not_made(
    run: Run, tmp_path: Path, verb: list[str]
) -> None:
    ran = run(*verb, "--dir", "nowhere")
    assert (ran.code, ran.out) == (exits.UNREACHABLE, "")
    assert "tidegate up" in ran.err
    assert not (tmp_path / "nowhere").exists()


def test_a_database_that_cannot_be_read_does_not_answer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tidegate.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    ran = run("status", "--dir", tmp_path)
    assert ran.code == exits.UNREACHABLE, ran.err


def test_a_database_without_our_schema_names_the_next_step(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tidegate.sqlite").touch()
    ran = run("status", "--dir", tmp_path)
    assert ran.code == exits.PROBLEM
    assert "tidegate db upgrade" in ran.err


def test_who_only_looks_needs_no_keys(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    with_schema(Path("d"))
    assert run("leader", "show", "--dir", "d").code == exits.OK
