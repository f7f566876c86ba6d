"""Full states that wait at the front of a key: the last runs, those before it are superseded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.processor.bench import BEFORE_WORK, DROPPED, House, Stuck
from tidegate.outcome import CannotTell

Build = Callable[..., House]


def state(house: House, name: str, sku: str = "A", **options: Any) -> str:
    """Accept a full state under latest_wins."""
    return house.post(sku, name, order="latest_wins", **options)


def words(house: House, *events: str) -> list[str]:
    return [house.state(each) for each in events]


def test_of_what_waits_the_last_is_written_and_the_rest_is_superseded(house: House) -> None:
    one, two, three = (state(house, name) for name in ("one", "two", "three"))
    house.run()
    assert words(house, one, two, three) == ["superseded", "superseded", "applied"]
    assert house.far.effects == [("A", "three")]
    ended = house.rows("SELECT ended_by, ended_at FROM inbox ORDER BY id")
    assert [row["ended_by"] for row in ended] == [three, three, None]
    assert all(row["ended_at"] for row in ended)


def test_what_is_superseded_is_told_of(house: House) -> None:
    one, two = state(house, "one"), state(house, "two")
    house.run()
    assert house.pipe.settled == [one, two]


def test_a_retried_first_one_is_superseded_once_it_is_due(house: House) -> None:
    house.far.answers["A"].append(BEFORE_WORK)
    first = state(house, "one")
    house.run(2)
    second = state(house, "two")
    house.until("applied", second)
    assert (house.state(first), house.far.effects) == ("superseded", [("A", "two")])
    assert house.attempts(first) == [("write", "retry")]


def test_what_is_unknown_is_looked_up_and_never_superseded(build: Build) -> None:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    house.far.findings["A"].append(CannotTell())
    first = state(house, "one")
    house.run(2)
    second, third = state(house, "two"), state(house, "three")
    house.until("applied", third)
    assert words(house, first, second) == ["applied", "superseded"]
    assert house.far.effects == [("A", "one"), ("A", "three")]


def test_what_runs_is_not_superseded(build: Build) -> None:
    house = build(lanes=(lanes := Stuck()))
    one = state(house, "one")
    house.run(2)
    two, three = state(house, "two"), state(house, "three")
    house.run(2)
    assert words(house, one, two, three) == ["processing", "waiting", "waiting"]
    lanes.run()
    house.run(2)
    assert words(house, one, two, three) == ["applied", "superseded", "processing"]
