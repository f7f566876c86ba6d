"""What an adopted copy may not do, and what a restored database looks up before it tries it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ops.adoption import adopt
from ops.recovery import recover
from ops.who import Who
from sql import seal
from sql.install import kept, place_of
from tests.processor.bench import BEFORE_WORK, DROPPED, House, cut
from tidegate.adapter import Capability, Repeat
from tidegate.errors import ConfigError
from tidegate.outcome import NotApplied

ANN = Who("cli:ann", "cli", "desk")
UUID = "01a1fc1d-0000-7000-8000-000000000001"
PROBE = Capability(Repeat.PROBE, in_doubt=60.0)

Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    made: list[House] = []

    def make(**given: Any) -> House:
        made.append(House(tmp_path, **given))
        return made[-1]

    yield make
    for house in made:
        house.close()


def adopted(house: House, kind: Any) -> dict[str, Any]:
    good = house.clock.now() - timedelta(hours=1) if kind == "restored" else None
    return adopt(house.db, ANN, place_of(house.db, "test"), UUID, "c", kind, good, "because")


def recovered(house: House) -> int:
    found = recover(house.db, ANN, "c", house.clock.now(), "lost commits")
    return int(found["looked_up_first"])


def test_a_copy_is_another_installation_in_which_nothing_is_written(build: Build) -> None:
    house = build()
    house.execute(
        "INSERT INTO subscription (name, url, enabled, changed_at) VALUES ('s', 'u', 1, '')"
    )
    adopted(house, "moved")
    event = house.post("A")
    adopted(house, "copy")
    house.run(20, 1.0)
    assert house.state(event) == "pending"
    assert house.far.effects == []
    home = kept(house.db)
    assert home is not None
    assert (home["uuid"], home["adopted_as"]) == (UUID, "copy")
    assert house.rows("SELECT enabled FROM subscription") == [{"enabled": 0}]


def test_a_person_lets_a_copy_write(build: Build) -> None:
    house = build()
    adopted(house, "copy")
    event = house.post("A")
    asked = {"target": None, "entity": None, "reason": "r", "action": "resumed", "actor": "ann"}
    rest = {"on_target": "*", "on_entity": "*", "config_version": "c", "row_hash": "0" * 64}
    assert len(house.db.run("ops/resume", asked | rest | {"host": None})["ended"]) == 1
    house.until("applied", event, 20)


def test_what_was_moved_goes_on_as_it_was(build: Build) -> None:
    house = build()
    event = house.post("A")
    assert adopted(house, "moved")["looked_up_first"] == 0
    house.until("applied", event, 20)
    assert house.attempts(event) == [("write", "applied")]


def test_only_a_restore_says_up_to_when_nothing_is_missing(build: Build) -> None:
    house = build()
    here = place_of(house.db, "test")
    with pytest.raises(ConfigError, match="nothing is missing"):
        adopt(house.db, ANN, here, UUID, "c", "restored", None, None)
    with pytest.raises(ConfigError, match="nothing is missing"):
        adopt(house.db, ANN, here, UUID, "c", "copy", house.clock.now(), None)


def test_an_adoption_is_on_record_with_who_and_where_and_sealed(build: Build) -> None:
    house = build()
    adopted(house, "copy")
    house.run(10, 1.0)
    row = house.rows("SELECT action, actor, host, reason FROM audit_trail")[0]
    assert list(row.values()) == ["adopted", "cli:ann", "desk", "because"]
    proof = seal.prove(house.db)
    assert (proof.findings, proof.unsealed, proof.changes) == ([], 0, 1)


@pytest.mark.parametrize("again", [adopted, lambda house, _: recovered(house)])
def test_whoever_led_is_deposed(build: Build, again: Callable[[House, str], object]) -> None:
    house = build()
    house.run(1)
    before = house.pipe.leadership.term
    again(house, "copy")
    house.run(10, 1.0)
    assert house.pipe.leadership.term not in (None, before)


def test_what_was_done_before_the_restore_is_found_and_not_done_again(build: Build) -> None:
    house = build()
    event = house.post("A")
    done = house.rows("SELECT uuid FROM inbox")[0]["uuid"]
    house.far.effects.append(("A", "lost"))
    house.far.effect_keys.append(uuid.UUID(done))
    assert adopted(house, "restored")["looked_up_first"] == 1
    house.until("applied", event, 20)
    assert house.attempts(event) == [("probe", "applied")]
    assert len(house.far.effects) == 1


def test_without_the_mark_it_would_be_done_again(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "SET unknown_at = :now\nWHERE", "SET unknown_at = NULL\nWHERE")
    with pytest.raises(AssertionError):
        test_what_was_done_before_the_restore_is_found_and_not_done_again(build)


def test_what_was_not_done_is_done_in_the_order_of_its_key(build: Build) -> None:
    house = build()
    events = [house.post("A", name) for name in ("one", "two", "three")]
    assert recovered(house) == 3
    house.until("applied", events[-1], 60)
    assert [name for _, name in house.far.effects] == ["one", "two", "three"]
    assert all(house.attempts(each)[0] == ("probe", "not_applied") for each in events)


def test_what_comes_after_a_recovery_is_not_looked_up(build: Build) -> None:
    house = build()
    recovered(house)
    event = house.post("A")
    house.until("applied", event, 20)
    assert house.attempts(event) == [("write", "applied")]


def test_an_absence_counts_once_what_was_lost_can_no_longer_land(build: Build) -> None:
    house = build(capability=PROBE)
    event = house.post("A")
    recovered(house)
    house.run(100, 0.5)
    assert house.state(event) == "unknown"
    assert house.far.effects == []
    house.until("applied", event, 200)
    assert house.attempts(event)[-1] == ("write", "applied")


def test_past_its_deadline_it_is_looked_up_before_it_ends(build: Build) -> None:
    house = build(capability=PROBE)
    done, not_done = house.post("A"), house.post("B")
    house.far.effect_keys.append(uuid.UUID(done))
    house.execute("UPDATE sync_queue SET deadline_at = '2001-01-01 00:00:00.000000'")
    recovered(house)
    house.until("expired", not_done)
    assert house.state(done) == "applied"
    assert [house.attempts(each)[0][0] for each in (done, not_done)] == ["probe", "probe"]
    assert house.far.effects == []


def test_a_retry_that_was_waiting_is_looked_up_when_it_is_due(build: Build) -> None:
    house = build()
    house.far.answers["A"].append(BEFORE_WORK)
    event = house.post("A")
    house.run(5)
    assert house.state(event) == "retrying"
    recovered(house)
    house.until("applied", event, 60)
    assert [kind for kind, _ in house.attempts(event)] == ["write", "probe", "write"]


def test_what_nothing_can_look_up_waits_for_a_person(build: Build) -> None:
    house = build(capability=Capability(Repeat.NEVER))
    event = house.post("A")
    recovered(house)
    house.until("dead", event, 20)
    assert house.letters() == ["unknown"]
    assert house.far.effects == []


def test_what_is_unknown_already_stays_as_it_is(build: Build) -> None:
    house = build(lands=False)
    house.far.answers["A"].append(DROPPED)
    house.far.findings["A"].append(NotApplied())
    event = house.post("A")
    house.run(2)
    recovered(house)
    house.until("applied", event, 60)
    assert house.sealed()
