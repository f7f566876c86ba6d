"""The store contract: what was sent and never answered, for its repeat and for a later delete."""

from __future__ import annotations

from sqlalchemy import select

from sql.reads import rows
from sql.tables.queue import sync_attempt, sync_queue
from tests.conformance.conftest import Build
from tests.processor.bench import DROPPED, House, Stuck
from tests.processor.test_crash import adopt, die_of_a_write, died_in_the_repeat
from tidegate.adapter import Capability, Repeat

IN_DOUBT = 60.0
REMOVES = Capability(Repeat.CONDITIONAL, IN_DOUBT, removes=True)


def unanswered(build: Build) -> House:
    """A write of A was dropped, did not land, and was repeated: the first may land yet."""
    house = build(capability=REMOVES, lands=False)
    house.far.answers["A"].append(DROPPED)
    house.until("applied", house.post("A", "made"))
    assert house.far.effects == [("A", "made")]
    return house


class UnansweredContract:
    """A repeat asks what was asked; a delete waits while a create may land a second time."""

    def test_a_repeat_that_died_is_repeated_as_it_was_first_asked(self, build: Build) -> None:
        house = died_in_the_repeat(build)
        assert [each.earlier_version for each in house.far.seen] == [None, "v0"]

    def test_a_delete_waits_until_an_unanswered_write_of_its_key_can_land_no_more(
        self, build: Build
    ) -> None:
        house = unanswered(build)
        event = house.post("A", "gone")
        house.run(30, advance=1.0)
        assert house.far.effects == [("A", "made")]
        house.until("applied", event, IN_DOUBT)
        assert house.far.effects[1:] == [("A", "gone")]

    def test_its_wait_burns_no_attempt(self, build: Build) -> None:
        house = unanswered(build)
        house.post("A", "gone")
        house.run(30, advance=1.0)
        waited = rows(house.db, select(sync_attempt).order_by(sync_attempt.c.id.desc()).limit(1))[0]
        assert (waited["outcome"], waited["rule"]) == ("notsent", "unanswered")
        assert [row["tries"] for row in rows(house.db, select(sync_queue.c.tries))] == [0]

    def test_what_was_left_open_by_a_crash_counts_as_unanswered(self, build: Build) -> None:
        lanes = Stuck()
        house = build(capability=REMOVES, lanes=lanes)
        made = house.post("A", "made")
        die_of_a_write(house, lanes)
        adopt(house)
        house.until("applied", made, 1.0)
        house.post("A", "gone")
        house.run(30, advance=1.0)
        assert house.far.effects == [("A", "made")]

    def test_a_key_with_answered_writes_is_free_at_once(self, build: Build) -> None:
        house = build(capability=REMOVES)
        for name in ("made", "gone"):
            house.until("applied", house.post("A", name), 1.0)

    def test_an_unanswered_write_of_another_key_delays_nothing(self, build: Build) -> None:
        house = unanswered(build)
        house.until("applied", house.post("B", "gone"), 1.0)
