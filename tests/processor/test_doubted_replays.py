"""A letter of which a write ended unknown is looked up before it is sent once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from erp.mapping import Mapper
from tests.processor.bench import DROPPED, House, Stuck, cut
from tests.processor.desk import LOOKS, NO, Desk, ordered
from tests.processor.test_crash import adopt, crash, die, die_of_a_write
from tests.processor.test_needs import DEADLINE, customer, invoice, product, ready
from tidegate.adapter import Capability, Repeat

Build = Callable[..., House]
ONCE = [("A", "order")]


def doubled(house: House, key: str) -> bool:
    """Whether it was done twice, which every house is asked at its end as well."""
    house.far.effect_keys.clear()
    return [each for each, _ in house.far.effects].count(key) == 2


def mapped_no_more_after_a_crash(build: Build, on_dead: str = "block") -> tuple[House, str]:
    """It landed, and its process died; the next cannot map it, until somebody mends that."""
    house = build(lanes=(lanes := Stuck()), capability=LOOKS, config=ordered("strict", on_dead))
    event = house.post("A", "order")
    die_of_a_write(house, lanes)
    (kept,) = house.rows("SELECT body FROM payload")
    house.execute("UPDATE payload SET body = ?", b"{")
    adopt(house)
    house.until("dead", event)
    assert house.letters() == ["rejected"]
    house.execute("UPDATE payload SET body = ?", kept["body"])
    return house, event


@pytest.mark.parametrize("on_dead", ["block", "skip"])
def test_once_it_is_mapped_again_its_replay_finds_what_was_done(build: Build, on_dead: str) -> None:
    house, event = mapped_no_more_after_a_crash(build, on_dead)
    Desk(house).done("replay", event)
    house.until("applied", event)
    assert house.far.effects == ONCE


def test_without_the_look_its_replay_would_do_it_twice(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "CASE WHEN :look = 1 THEN :now END", "NULL")
    house, event = mapped_no_more_after_a_crash(build)
    Desk(house).done("replay", event)
    house.until("applied", event)
    assert doubled(house, "A")


def test_a_bulk_replay_looks_too(build: Build) -> None:
    house, event = mapped_no_more_after_a_crash(build)
    wish: dict[str, Any] = {"filter": {}, "from": 0, "upto": 9}
    Desk(house).ask("replay", **wish)
    house.until("applied", event)
    assert house.far.effects == ONCE


def test_of_what_a_person_has_told_nothing_is_in_doubt_any_more(build: Build) -> None:
    house = build(capability=Capability(Repeat.NEVER), lands=False, config=ordered("strict"))
    house.far.answers["A"].extend([DROPPED, NO])
    event = house.post("A", "order")
    house.until("dead", event)
    Desk(house).done("resolve", event, applied=False)
    for end in ("dead", "applied"):
        Desk(house).done("replay", event)
        house.until(end, event)
    assert house.far.effects == ONCE


def link_gone_after_a_crash(build: Build) -> House:
    """An invoice landed, its process died, and a link that it needs went and came again."""
    house = ready(build(lanes=(lanes := Stuck()), capability=LOOKS))
    product(house)
    customer(house)
    for _ in range(4):
        house.run(2)
        lanes.run()
    event = invoice(house)
    die_of_a_write(house, lanes)
    kept = house.rows("SELECT * FROM entity_link WHERE entity = 'customers'")[0]
    house.execute("DELETE FROM entity_link WHERE entity = 'customers'")
    adopt(house)
    for _ in range(10):
        house.run(4)
        house.clock.advance(1.0)
    assert house.state(event) == "waiting"
    columns, marks = ", ".join(kept), ", ".join("?" * len(kept))
    house.execute(f"INSERT INTO entity_link ({columns}) VALUES ({marks})", *kept.values())
    house.clock.advance(DEADLINE)
    house.until("applied", event)
    return house


def test_what_waits_for_a_link_after_a_crash_is_looked_up_before_it_is_sent(build: Build) -> None:
    house = link_gone_after_a_crash(build)
    assert [key for key, _ in house.far.effects].count("I-9") == 1


def test_if_waiting_ended_the_doubt_it_would_be_done_twice(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(
        monkeypatch,
        "       alone = 0, needs_until = COALESCE",
        "unknown_at = NULL, needs_until = COALESCE",
    )
    house = link_gone_after_a_crash(build)
    assert doubled(house, "I-9")


def configured_anew_after_a_crash(build: Build) -> tuple[House, str]:
    """It landed, its process died, and who was started instead has no mapping for it."""
    house = build(lanes=(lanes := Stuck()), capability=LOOKS)
    event = house.post("A", "order")
    die_of_a_write(house, lanes)
    house.pipe.config = house.pipe.config.model_copy(update={"mapping": {}, "version": "b" * 64})
    mapper, house.pipe.mapper = house.pipe.mapper, Mapper(house.pipe.config)
    adopt(house)
    for _ in range(60):
        house.run(4)
        house.clock.advance(1.0)
    house.pipe.mapper = mapper
    return house, event


def test_what_another_configuration_has_sent_stays_unknown_until_it_can_be_looked_up(
    build: Build,
) -> None:
    house, event = configured_anew_after_a_crash(build)
    assert (house.state(event), house.letters()) == ("unknown", [])
    die(house)
    adopt(house)
    house.until("applied", event)
    assert house.far.effects == ONCE


def test_if_it_were_judged_by_this_one_it_would_be_an_ordinary_letter(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "w.config_version AS write_config", "NULL AS write_config")
    house, _ = configured_anew_after_a_crash(build)
    assert house.letters() == ["rejected"]


def a_killer_behind(build: Build) -> tuple[House, str]:
    """A letter, and behind it one that was quarantined: that one may have been done."""
    house = build(config=ordered("strict", "skip"))
    house.far.answers["A"].append(NO)
    event = house.post("A", "order")
    house.until("dead", event)
    die(house)
    behind = house.post("A", "killer")
    for _ in range(4):
        crash(house)
    adopt(house)
    house.until("dead", behind, 5.0)
    return house, event


def test_if_a_quarantine_behind_it_were_passed_over_it_would_be_sent(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "AND o.seq > i.seq", "AND 1 = 0")
    house, event = a_killer_behind(build)
    Desk(house).ask("replay", event)
    house.until("applied", event, 60.0)
