"""A letter that was dead when commits were lost may have been replayed since: it is looked up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from ops.adoption import adopt
from ops.recovery import recover
from ops.who import Who
from sql.install import Place
from sql.seal import verify
from tests.processor.bench import House
from tests.processor.desk import NO, Desk, conserved, ordered
from tidegate.adapter import Capability, Repeat
from tidegate.outcome import NotApplied

Build = Callable[..., House]
ANN = Who("cli:ann", "cli", "desk")
LOOKS = Capability(Repeat.PROBE, in_doubt=1.0)


def restored(house: House) -> None:
    place = Place("s", "d", "local", True)
    last_good = house.clock.now() - timedelta(minutes=1)
    adopt(house.db, ANN, place, str(house.pipe.ids.uuid()), "c", "restored", last_good, "a disk")


def recovered(house: House) -> None:
    recover(house.db, ANN, "c", house.clock.now(), "a failover")


def led(house: House) -> None:
    """Whoever led was deposed, and leads again after a while."""
    for _ in range(10):
        house.run(4)
        house.clock.advance(1.0)


def letter(house: House) -> str:
    house.far.answers["A"].append(NO)
    event = house.post("A", "order")
    house.run()
    assert house.state(event) == "dead"
    return event


def replayed(house: House, event: str) -> None:
    led(house)
    desk = Desk(house)
    desk.ask("replay", event)
    desk.carry_out()
    house.until("applied", event)
    assert verify(house.db) == []
    conserved(house)


@pytest.mark.parametrize("lost", [restored, recovered])
@pytest.mark.parametrize("on_dead", ["block", "skip"])
def test_what_was_done_of_it_meanwhile_is_not_done_twice(
    build: Build, on_dead: str, lost: Callable[[House], None]
) -> None:
    house = build(config=ordered("strict", on_dead), capability=LOOKS)
    event = letter(house)
    # Somebody replays it; of that, and of what it did, the database then knows nothing.
    house.far.effects.append(("A", "order"))
    house.far.effect_keys.append(UUID(event))
    lost(house)
    replayed(house, event)
    assert house.far.effects == [("A", "order")]


def test_a_letter_that_died_since_is_not_looked_up(build: Build) -> None:
    house = build(config=ordered("strict"), capability=LOOKS)
    restored(house)
    led(house)
    event = letter(house)
    replayed(house, event)
    assert house.far.probed == []
    assert house.far.effects == [("A", "order")]


def test_what_nobody_did_meanwhile_is_done_once(build: Build) -> None:
    house = build(config=ordered("strict"), capability=LOOKS)
    event = letter(house)
    restored(house)
    house.far.findings["A"].append(NotApplied())
    replayed(house, event)
    assert house.far.probed != []
    assert house.far.effects == [("A", "order")]
