"""A wish that nobody here wrote fails, says so, and stops neither the drain nor the next wish."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.processor.bench import House
from tests.processor.desk import Desk, conserved, dead, ordered
from tests.processor.jobs import Jobs, dead_letters
from tidegate.errors import Conflict

EMPTY: dict[str, Any] = {}
BIG = 10**30
EDIT = {"body": "e30=", "media_type": "x", "old": "{}", "new": "{}"}


@pytest.fixture
def desk(build: Callable[..., House]) -> Desk:
    return Desk(build(config=ordered("strict")))


def outcome(desk: Desk, request: str) -> tuple[str, str]:
    found = desk.house.db.read("requests/get", {"uuid": request})["request"][0]
    return found["state"], json.loads(found["result"])["error"]


@pytest.mark.parametrize(
    "wish",
    [
        {"filter": EMPTY, "upto": None},
        {"filter": EMPTY, "upto": BIG},
        {"filter": EMPTY, "from": "1"},
        {"filter": {"states": 5}},
        {"filter": {"since": 5}},
        {"filter": {"since": "2026-11-21T08:00:00"}},
        {"filter": {"ids": [1]}},
        {"filter": {"ids": "ab"}},
        {"filter": {"text": 5}},
        {"filter": {"key": ["a"]}},
        {"filter": {"sources": ["\ud800"]}},
        {"filter": {"attempts_min": BIG}},
        {"filter": {"older_than_s": 5}},
    ],
)
def test_a_job_whose_wish_is_of_no_use_fails(desk: Desk, wish: dict[str, Any]) -> None:
    letter = dead(desk.house)[0]
    job = desk.ask("replay", None, **wish)
    for _ in range(2):
        desk.carry_out()
    assert outcome(desk, job)[0] == "failed"
    assert desk.house.state(letter) == "dead"


@pytest.mark.parametrize(
    ("verb", "wish"),
    [
        ("hold", {"key_id": BIG}),
        ("edit-replay", EDIT | {"uuid": 5}),
        ("edit-replay", EDIT | {"uuid": "01a1fd1e-8c00-7001-9f6a-f1d8303e61ff", "old": "no"}),
    ],
)
def test_a_wish_that_is_of_no_use_fails_and_the_next_is_carried_out(
    desk: Desk, verb: str, wish: dict[str, Any]
) -> None:
    letter = dead(desk.house)[0]
    bad, good = desk.ask(verb, letter, **wish), desk.ask("discard", letter)
    desk.carry_out()
    assert outcome(desk, bad)[0] == "failed"
    assert desk.house.db.read("requests/get", {"uuid": good})["request"][0]["changed"] == 1
    conserved(desk.house)


def test_a_wish_that_the_database_refuses_thrice_fails_and_nothing_of_it_is_written(
    desk: Desk,
) -> None:
    letter = dead(desk.house)[0]
    bad = desk.ask("edit-replay", letter, **(EDIT | {"uuid": letter}))
    for _ in range(2):
        with pytest.raises(Conflict):
            desk.carry_out()
    desk.carry_out()
    assert outcome(desk, bad) == ("failed", "the database refused what it takes")
    assert desk.house.state(letter) == "dead"
    conserved(desk.house)


def test_a_job_cannot_go_on_at_a_rate_that_is_none(desk: Desk) -> None:
    dead(desk.house)
    job = desk.ask("replay", None, filter={}, upto=100)
    desk.ask("pause", None, request=job)
    desk.carry_out()
    bad = desk.ask("resume", None, request=job, rate_per_s={"a": 1})
    desk.carry_out()
    assert outcome(desk, bad)[0] == "failed"


def test_a_job_that_fails_on_its_way_gives_back_what_it_took(
    build: Callable[..., House],
) -> None:
    house = build()
    letters = dead_letters(house, 3)
    desk = Jobs(house)
    job = desk.ask("discard", None, filter={}, upto=100)
    desk.requests._jobs.step(house.pipe.leadership.term)  # type: ignore[arg-type]
    assert house.rows("SELECT COUNT(request_id) AS n FROM dead_letter") == [{"n": 3}]
    house.execute("UPDATE operator_request SET filter = '{}'")
    desk.carry_out()
    assert outcome(desk, job)[0] == "failed"
    assert house.rows("SELECT COUNT(request_id) AS n FROM dead_letter") == [{"n": 0}]
    assert {house.state(each) for each in letters} == {"dead"}
