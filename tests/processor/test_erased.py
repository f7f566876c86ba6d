"""A letter whose body was erased has nothing left to send: it is refused, and says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ops import bulk
from processor.wishes import ERASED
from sql.filters import Filter
from tests.processor.bench import House
from tests.processor.desk import Desk, dead, ordered
from tests.processor.jobs import Jobs, dead_letters

Build = Callable[..., House]
ERASE = "UPDATE payload SET body = x'', erased_at = '2026-11-21 08:00:00.000000'"


@pytest.mark.parametrize("order", ["strict", "latest_wins"])
def test_an_erased_letter_is_not_replayed_and_the_answer_names_the_erasure(
    build: Build, order: str
) -> None:
    house = build(config=ordered(order))
    letter = dead(house)[0]
    house.execute(ERASE)
    row = Desk(house).done("replay", letter)
    assert (row["changed"], row["result"]["skipped"]) == (0, ERASED)
    house.run()
    assert (house.state(letter), house.letters()) == ("dead", ["rejected"])


def test_an_erased_letter_is_not_edited_however_new_its_body_is(build: Build) -> None:
    house = build(config=ordered("strict"))
    letter = dead(house)[0]
    house.execute(ERASE)
    row = Desk(house).done("edit-replay", letter, uuid=letter, body="e30=", old="", new="")
    assert (row["changed"], row["result"]["skipped"]) == (0, ERASED)


def test_a_job_skips_erased_letters_and_its_plan_counts_them(build: Build) -> None:
    house = build(config=ordered("strict"))
    dead_letters(house, 3)
    house.execute(f"{ERASE} WHERE event_id = 2")
    assert bulk.plan(house.db, "replay", Filter())["skips"] == {ERASED: 1}
    desk = Jobs(house)
    found = desk.ended(desk.bulk("replay", Filter()))
    assert (found["changed"], found["skips"]) == (2, {ERASED: 1})


def test_an_erased_letter_is_discarded_and_its_key_goes_on(build: Build) -> None:
    house = build(config=ordered("strict"))
    letter, behind = dead(house, "two")
    house.execute(f"{ERASE} WHERE event_id = 1")
    assert Desk(house).done("discard", letter)["changed"] == 1
    house.until("applied", behind)
