"""Deadlines in the drain: who waits is told in time, and nothing starts too late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sql.sqlite import stamp
from tests.processor.bench import DROPPED, House, Stuck, cut
from tidegate.errors import FarError
from tidegate.outcome import CannotTell

Build = Callable[..., House]


def due(house: House, event: str, seconds: float) -> str:
    """Give an event a deadline, as commands have one."""
    at = stamp(house.clock.now() + timedelta(seconds=seconds))
    house.execute(
        "UPDATE sync_queue SET deadline_at = ? "
        "WHERE event_id = (SELECT id FROM inbox WHERE uuid = ?)",
        at,
        event,
    )
    return event


def test_a_command_that_waits_past_its_deadline_ends_and_its_caller_is_told(house: House) -> None:
    busy = FarError("busy", sent=True, status=503, code="x", retry_after=30)
    house.far.answers["A"].append(busy)
    event = due(house, house.post("A"), 0.5)
    house.run(5)
    assert house.state(event) == "retrying"
    house.clock.advance(0.6)
    house.run()
    assert (house.state(event), house.pipe.settled) == ("expired", [event])
    assert house.far.effects == []
    assert house.rows("SELECT answer_status FROM inbox") == [{"answer_status": 504}]


def test_the_next_of_its_key_goes_on_at_once(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    house.run(3)
    late = due(house, house.post("A", "one"), 1.0)
    behind = house.post("A", "two")
    house.execute(
        "UPDATE sync_queue SET state = 3, due_at = '9999-01-01 00:00:00.000000' WHERE seq = 1"
    )
    house.execute("UPDATE sync_queue SET state = 1 WHERE seq = 2")
    assert [house.state(each) for each in (late, behind)] == ["retrying", "waiting"]
    house.clock.advance(1.0)
    house.run(1)
    assert [house.state(each) for each in (late, behind)] == ["expired", "processing"]
    assert len(lanes.jobs) == 1


def test_a_deadline_passes_while_every_lane_is_taken(build: Build) -> None:
    house = build(lanes=(lanes := Stuck(1)))
    runs = house.post("A")
    house.run(2)
    late = due(house, house.post("B"), 1.0)
    house.clock.advance(1.0)
    house.run(2, 0.1)
    assert [house.state(each) for each in (runs, late)] == ["processing", "expired"]
    assert len(lanes.jobs) == 1


def test_what_runs_or_is_unknown_outlives_its_deadline(build: Build) -> None:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    house.far.findings["A"].extend([CannotTell()] * 50)
    event = due(house, house.post("A"), 5.0)
    house.run(60, 1.0)
    assert house.state(event) == "unknown"


def test_more_than_one_round_expires_at_once(house: House) -> None:
    events = [due(house, house.post(f"K{number}"), 1.0) for number in range(450)]
    house.clock.advance(1.0)
    house.run(1)
    assert sorted(house.pipe.settled) == sorted(events)
    assert house.far.effects == []


def test_without_the_claim_s_look_at_the_deadline_it_would_start(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = build()
    cut(monkeypatch, "q.deadline_at <= :now AND", "0 AND")
    late = due(house, house.post("A"), 1.0)
    house.clock.advance(1.0)
    house.run(3)
    assert house.state(late) == "pending"
    cut(monkeypatch, "q.deadline_at > :now OR", "1 OR")
    house.run(3)
    assert house.state(late) == "applied"
