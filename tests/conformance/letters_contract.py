"""The store contract, last part: what the leader does for an operator, on every database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from ops import edits
from ops.requests import answer
from sql.tables.inbox import payload
from sql.tables.queue import dead_letter
from tests.conformance.conftest import Build
from tests.processor.bench import DROPPED, House, Stuck
from tests.processor.desk import LOOKS, NO, Desk, ordered
from tests.processor.jobs import ANN
from tests.processor.test_crash import adopt, die_of_a_write
from tests.processor.test_doubted_replays import a_killer_behind
from tests.sql.stores import every_row
from tidegate.adapter import Capability, Repeat

ONCE = [("A", "order")]
BOTH = pytest.mark.parametrize("on_dead", ["block", "skip"])


def dead(build: Build, on_dead: str, **given: Any) -> tuple[House, str]:
    """A letter, whose event keeps its place or has left it."""
    house = build(config=ordered("strict", on_dead), **given)
    house.far.answers["A"].append(NO)
    event = house.post("A", "order")
    house.until("dead", event)
    return house, event


def done(house: House, verb: str, event: str | None, **wish: Any) -> dict[str, Any]:
    """What became of a request that is carried out at once."""
    desk = Desk(house)
    request = desk.ask(verb, event, **wish)
    desk.carry_out()
    return answer(house.db, request)


class LettersContract:
    """Requests about letters and keys, carried out."""

    @BOTH
    def test_a_replayed_letter_is_sent_from_its_place(self, build: Build, on_dead: str) -> None:
        house, event = dead(build, on_dead)
        assert done(house, "replay", event)["changed"] == 1
        house.until("applied", event)
        assert house.far.effects == ONCE

    @BOTH
    def test_what_may_have_been_done_is_looked_up_first(self, build: Build, on_dead: str) -> None:
        lanes, config = Stuck(), ordered("strict", on_dead)
        house = build(lanes=lanes, capability=LOOKS, config=config)
        event = house.post("A", "order")
        die_of_a_write(house, lanes)
        with house.db.engine.begin() as connection:
            kept = connection.execute(select(payload.c.body)).scalar_one()
            connection.execute(update(payload).values(body=b"{"))
        adopt(house)
        house.until("dead", event)
        with house.db.engine.begin() as connection:
            connection.execute(update(payload).values(body=kept))
        assert done(house, "replay", event)["changed"] == 1
        house.until("applied", event)
        assert house.far.effects == ONCE

    def test_it_stays_where_one_behind_it_killed_the_process_and_may_have_been_done(
        self, build: Build
    ) -> None:
        house, event = a_killer_behind(build)
        assert "unknown outcome" in done(house, "replay", event)["why"]
        wish: dict[str, Any] = {"filter": {}, "from": 0, "upto": last_letter(house) - 1}
        job = Desk(house).ask("replay", **wish)
        house.run(20, 0.5)
        assert (answer(house.db, job)["matched"], house.state(event)) == (1, "dead")

    def test_what_a_person_tells_of_an_unknown_one_lets_it_be_sent(self, build: Build) -> None:
        never = Capability(Repeat.NEVER)
        house = build(capability=never, lands=False, config=ordered("strict"))
        house.far.answers["A"].append(DROPPED)
        event = house.post("A", "order")
        house.until("dead", event)
        assert done(house, "replay", event)["changed"] == 0
        assert done(house, "resolve", event, applied=False)["changed"] == 1
        assert done(house, "replay", event)["changed"] == 1
        house.until("applied", event)

    def test_what_is_told_to_be_applied_is_announced(self, build: Build) -> None:
        house, event = dead(build, "block")
        done(house, "resolve", event, applied=True)
        assert house.state(event) == "applied"
        assert len(every_row(house.db.engine)["outbox"]) == 1

    @pytest.mark.parametrize(("verb", "state"), [("skip", "dead"), ("discard", "discarded")])
    def test_the_next_of_its_key_goes_on(self, build: Build, verb: str, state: str) -> None:
        house, event = dead(build, "block")
        behind = house.post("A", "two")
        house.run()
        assert house.state(behind) == "waiting"
        done(house, verb, event)
        house.until("applied", behind)
        assert house.state(event) == state

    def test_a_held_key_stands_until_it_is_released(self, build: Build) -> None:
        house = build(config=ordered("strict"))
        first = house.post("A", "one")
        house.until("applied", first)
        key = Desk(house).key(first)
        done(house, "hold", None, key_id=key)
        event = house.post("A", "two")
        house.run()
        assert house.state(event) == "held"
        done(house, "release", None, key_id=key)
        house.until("applied", event)

    @BOTH
    def test_an_edited_letter_is_a_new_event_in_its_place(self, build: Build, on_dead: str) -> None:
        house, event = dead(build, on_dead)
        pipe = house.pipe
        draft = edits.draft(house.db, pipe.config, pipe.mapper, event, [("/name", "new")])
        asked = edits.ask(house.db, pipe.ids, ANN, draft, "a typo")
        Desk(house).carry_out()
        new = answer(house.db, asked)["new_event_id"]
        house.until("applied", new)
        assert house.state(event) == "superseded"
        assert house.far.effects == [("A", "new")]

    def test_a_job_sends_what_its_filter_names(self, build: Build) -> None:
        house, event = dead(build, "block")
        wish: dict[str, Any] = {"filter": {}, "from": 0, "upto": last_letter(house)}
        job = Desk(house).ask("replay", **wish)
        house.until("applied", event)
        house.run(20, 0.5)
        told = answer(house.db, job)
        assert (told["state"], told["matched"], told["changed"]) == ("done", 1, 1)


def last_letter(house: House) -> int:
    with house.db.engine.connect() as connection:
        return int(connection.execute(select(dead_letter.c.id)).scalars().all()[-1])
