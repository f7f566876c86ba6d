"""A letter that was dead when commits were lost may have been replayed since: it is looked up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from erp.mapping import Mapper
from ops.adoption import adopt
from ops.recovery import recover
from ops.requests import answer
from ops.who import Who
from processor.wishes import LOST
from sql.install import Place
from sql.seal import verify
from tests.processor.bench import DROPPED, House, cut
from tests.processor.desk import LOOKS, NO, Desk, conserved, ordered
from tests.processor.test_crash import adopt as take_over
from tests.processor.test_crash import die
from tests.processor.test_doubted_replays import doubled
from tests.processor.test_edits import edited
from tidegate.adapter import Capability, Repeat
from tidegate.outcome import NotApplied

Build = Callable[..., House]
ANN = Who("cli:ann", "cli", "desk")


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


def died_of_its_mapping(build: Build, lost: Callable[[House], None]) -> House:
    """Waiting when commits were lost, done by what was lost, and then nothing maps it any more."""
    house = build(config=ordered("strict"), capability=LOOKS)
    event = house.post("A", "order")
    house.far.effects.append(("A", "order"))
    house.far.effect_keys.append(UUID(event))
    lost(house)
    mapper, muddle = house.pipe.mapper, house.pipe.config.model_copy(update={"mapping": {}})
    for each in (Mapper(muddle), mapper):
        house.pipe.mapper = each
        die(house)
        take_over(house)
        led(house)
    replayed(house, event)
    return house


@pytest.mark.parametrize("lost", [restored, recovered])
def test_what_died_since_of_its_mapping_alone_is_looked_up_too(
    build: Build, lost: Callable[[House], None]
) -> None:
    assert died_of_its_mapping(build, lost).far.effects == [("A", "order")]


def test_if_its_own_death_ended_the_doubt_it_would_be_done_twice(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "c.name = 'recover.events'", "c.name = ''")
    assert doubled(died_of_its_mapping(build, recovered), "A")


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


@pytest.mark.parametrize("lost", [restored, recovered])
@pytest.mark.parametrize("on_dead", ["block", "skip"])
def test_what_may_have_been_done_meanwhile_is_not_edited(
    build: Build, on_dead: str, lost: Callable[[House], None]
) -> None:
    house = build(config=ordered("strict", on_dead), capability=LOOKS)
    event = letter(house)
    house.far.effects.append(("A", "order"))
    house.far.effect_keys.append(UUID(event))
    lost(house)
    led(house)
    assert edited(house, event)["why"] == f"not sent: {LOST}"
    replayed(house, event)
    assert house.far.effects == [("A", "order")]


def test_an_edit_is_sent_once_a_person_has_looked(build: Build) -> None:
    house = build(config=ordered("strict"), capability=LOOKS)
    event = letter(house)
    restored(house)
    led(house)
    assert Desk(house).done("resolve", event, applied=False)["changed"] == 1
    new = edited(house, event)["new_event_id"]
    house.until("applied", new)
    assert [name for _, name in house.far.effects] == ["new"]


def test_an_edit_is_sent_once_a_replay_has_looked_and_died_again(build: Build) -> None:
    house = build(config=ordered("strict"), capability=LOOKS)
    event = letter(house)
    restored(house)
    led(house)
    house.far.findings["A"].append(NotApplied())
    house.far.answers["A"].append(NO)
    Desk(house).done("replay", event)
    house.until("dead", event)
    house.until("applied", edited(house, event)["new_event_id"])
    assert [name for _, name in house.far.effects] == ["new"]


@pytest.mark.parametrize("lost", [restored, recovered])
def test_what_a_person_said_before_commits_were_lost_is_to_be_said_again(
    build: Build, lost: Callable[[House], None]
) -> None:
    never = Capability(Repeat.NEVER)
    house = build(config=ordered("strict"), capability=never, lands=False)
    house.far.answers["A"].append(DROPPED)
    event = house.post("A", "order")
    house.until("dead", event)
    assert Desk(house).done("resolve", event, applied=False)["changed"] == 1
    lost(house)
    led(house)
    # Somebody may have replayed it in what was lost: nobody knows again.
    assert Desk(house).done("replay", event)["changed"] == 0
    assert Desk(house).done("resolve", event, applied=False)["changed"] == 1
    replayed(house, event)


def asked_and_not_carried_out(
    build: Build, lost: Callable[[House], None], **about: Any
) -> tuple[House, str, str]:
    """Somebody resolves a letter; before anybody comes to it, commits are lost."""
    house = build(config=ordered("strict"), capability=Capability(Repeat.NEVER), lands=False)
    house.far.answers["A"].append(DROPPED)
    event = house.post("A", "order")
    house.until("dead", event)
    named = None if about else event
    request = Desk(house).ask("resolve", named, applied=False, **about)
    lost(house)
    led(house)
    Desk(house).carry_out()
    return house, event, request


@pytest.mark.parametrize("about", [{}, {"filter": {}, "from": 0, "upto": 9}])
@pytest.mark.parametrize("lost", [restored, recovered])
def test_what_nobody_had_come_to_by_then_is_to_be_asked_again(
    build: Build, lost: Callable[[House], None], about: dict[str, Any]
) -> None:
    house, event, request = asked_and_not_carried_out(build, lost, **about)
    told = answer(house.db, request)
    assert (told["state"], told["changed"]) == ("cancelled", 0)
    assert "ask again" in told["why"]
    assert Desk(house).done("replay", event)["changed"] == 0


def test_if_it_were_carried_out_the_letter_could_be_sent_once_more(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "WHERE verb = 'resolve' AND state IN", "WHERE 0 AND state IN")
    house, event, _ = asked_and_not_carried_out(build, recovered)
    assert Desk(house).done("replay", event)["changed"] == 1
