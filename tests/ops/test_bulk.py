"""Bulk verbs and edits as a service, on every database: what is planned is what is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from ops import bulk, edits
from ops.blocked import find_keys
from ops.requests import NoSuchRequest, Wish, WrongRequest, answer, ask
from processor.requests import order_of
from processor.wishes import RESOLVE_FIRST
from sql.filters import Filter
from sql.seal import verify
from sql.tables.queue import dead_letter
from tests.conformance.conftest import Lent
from tests.processor.bench import House, blocking
from tests.processor.jobs import ANN, BOB, Jobs, dead_letters
from tests.sql.databases import KINDS
from tests.sql.stores import emptied
from tidegate.clock import ManualClock
from tidegate.outcome import Rejected

MINE = Filter(error_classes=("mine",))


@pytest.fixture(params=KINDS if "TEST_MSSQL_DSN" in os.environ else KINDS[:1])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A house of each kind; the record proves itself at the end."""
    if request.param == "sqlite":
        made = House(tmp_path, clock=ManualClock(), config=blocking())
    else:
        lent: Lent = request.getfixturevalue("server")
        emptied(lent)
        made = House(tmp_path, clock=lent.clock, database=lent, config=blocking())
    yield made
    assert verify(made.db) == []
    made.close()


def test_a_plan_says_how_many_of_what_and_what_would_be_left(house: House) -> None:
    mine = dead_letters(house, 3, "mine")
    dead_letters(house, 2, "other", "O")
    with house.db.engine.begin() as connection:
        first = dead_letter.c.event_uuid == mine[0]
        connection.execute(update(dead_letter).where(first).values(reason="unknown"))
    plan = bulk.plan(house.db, "replay", Filter(), order_of(house.pipe.config))
    assert (plan["count"], plan["keys"]) == (5, 5)
    assert plan["by_error_class"] == {"mine": 3, "other": 2}
    assert plan["by_target"] == {"sandbox": 5}
    assert plan["skips"] == {RESOLVE_FIRST: 1}
    assert plan["sample"][0] == mine[0]
    assert plan["oldest"] <= plan["newest"]


def test_a_replay_does_what_was_planned(house: House) -> None:
    mine = dead_letters(house, 6, "mine")
    house.far.answers["K5"].append(Rejected("no", "again"))
    desk = Jobs(house)
    job = desk.bulk("replay", MINE, ramp=(1, 2), rate=50, stop_at_percent=60)
    found = desk.ended(job)
    assert (found["state"], found["matched"], found["changed"]) == ("done", 6, 6)
    assert (found["failed"], found["ends"]) == (1, {"applied": 5, "dead": 1})
    assert [house.state(each) for each in mine].count("applied") == 5
    assert found["ramp"] == [1, 2]
    assert desk.replays.list()[0]["request_id"] == job


@pytest.mark.parametrize("verb", ["skip", "discard"])
def test_letters_are_decided_together(house: House, verb: str) -> None:
    dead_letters(house, 4, "mine")
    found = Jobs(house).ended(Jobs(house).bulk(verb, MINE))
    assert (found["state"], found["changed"], found["skipped"]) == ("done", 4, 0)


def test_letters_are_resolved_as_applied_together(house: House) -> None:
    mine = dead_letters(house, 3, "mine")
    found = Jobs(house).ended(Jobs(house).bulk("resolve", MINE, applied=True))
    assert (found["changed"], {house.state(each) for each in mine}) == (3, {"applied"})


def test_a_job_is_paused_resumed_and_cancelled(house: House) -> None:
    dead_letters(house, 4, "mine")
    desk, ids = Jobs(house), house.pipe.ids
    job = desk.bulk("replay", MINE, rate=1)
    desk.carry_out()
    desk.replays.pause(ids, BOB, job, "lunch")
    assert desk.ended(job)["state"] == "paused"
    desk.replays.resume(ids, BOB, job, "back", rate=2, stop_at_percent=50)
    desk.step()
    assert (desk.show(job)["rate_per_s"], desk.show(job)["stop_at_percent"]) == (2, 50)
    desk.replays.cancel(ids, BOB, job, "no more")
    found = desk.ended(job)
    assert found["state"] == "cancelled"
    assert found["changed"] + found["skipped"] == 4


@pytest.mark.parametrize("on_dead", ["block", "skip"])
def test_an_edit_takes_the_old_one_s_place(house: House, on_dead: str) -> None:
    letter = dead_letters(house, 1, "mine")[0]
    if on_dead == "skip":
        Jobs(house).ended(Jobs(house).bulk("skip", MINE))
    pipe = house.pipe
    made = edits.draft(house.db, pipe.config, pipe.mapper, letter, [("/name", "Ümlaut")])
    assert (made.problems, made.changed) == ((), {"/name": ("dead", "Ümlaut")})
    asked = edits.ask(house.db, pipe.ids, ANN, made, "a typo")
    Jobs(house).carry_out()
    told = answer(house.db, asked)
    house.run()
    assert (told["changed"], house.state(told["new_event_id"])) == (1, "applied")
    assert house.state(letter) == "superseded"
    assert house.far.effects == [("K0", "Ümlaut")]


def test_keys_are_found_by_their_text_and_by_an_event(house: House) -> None:
    event = dead_letters(house, 1)[0]
    key = find_keys(house.db, event)[0]
    assert key["text"] == "zoho:products:K0"
    assert find_keys(house.db, "zoho:products:K0") == [key]
    assert find_keys(house.db, "zoho:products:K1") == find_keys(house.db, "nothing") == []


# What is refused


def test_an_empty_filter_is_refused_unless_it_is_meant(house: House) -> None:
    dead_letters(house, 1)
    given = (house.db, house.pipe.ids, ANN, "replay", Filter(), "because")
    with pytest.raises(WrongRequest, match="every dead letter") as refused:
        bulk.ask(*given)
    assert refused.value.field == "all"
    assert bulk.ask(*given, every=True)


@pytest.mark.parametrize(
    ("verb", "options", "field"),
    [
        ("replay", bulk.Options(rate=0), "rate"),
        ("replay", bulk.Options(ramp=(1, 0)), "ramp"),
        ("replay", bulk.Options(ramp=(1,) * 21), "ramp"),
        ("replay", bulk.Options(stop_at_percent=101), "stop-at-error-rate"),
        ("replay", bulk.Options(applied=True), "applied"),
        ("discard", bulk.Options(rate=5), "rate"),
        ("resolve", bulk.Options(), "applied"),
        ("publish", bulk.Options(), "verb"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    house: House, verb: str, options: bulk.Options, field: str
) -> None:
    with pytest.raises(WrongRequest) as refused:
        bulk.ask(house.db, house.pipe.ids, ANN, verb, MINE, "because", options)
    assert refused.value.field == field


def test_only_open_letters_can_be_acted_on(house: House) -> None:
    with pytest.raises(WrongRequest, match="open letters"):
        bulk.plan(house.db, "replay", Filter(states=("replayed",)))


def test_nothing_is_asked_without_a_reason(house: House) -> None:
    with pytest.raises(WrongRequest, match="say why"):
        ask(house.db, house.pipe.ids, ANN, Wish("replay", "  "))


def test_a_ramp_is_read_from_its_words() -> None:
    assert (bulk.ramp_of("1, 5,20"), bulk.ramp_of(""), bulk.ramp_of(None)) == ((1, 5, 20), (), ())
    with pytest.raises(WrongRequest):
        bulk.ramp_of("1,five")


def test_what_is_no_job_cannot_be_shown_as_one(house: House) -> None:
    letter = dead_letters(house, 1)[0]
    desk = Jobs(house)
    single, hold = desk.ask("discard", letter), desk.ask("hold", None, key_id=1)
    for each in (single, hold, str(house.pipe.ids.uuid())):
        with pytest.raises(NoSuchRequest):
            desk.show(each)
