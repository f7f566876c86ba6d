"""What operators ask for, carried out by the leader: each verb, its order, its record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from processor import wishes
from sql.seal import verify
from tests.processor.bench import DROPPED, House, Stuck, blocking, cut
from tests.processor.desk import NO, Desk, dead, effects, ordered
from tidegate.adapter import Capability, Repeat
from tidegate.config import Config, load_config
from tidegate.errors import Conflict, Deposed

Build = Callable[..., House]


@pytest.fixture
def blocked(build: Build) -> House:
    """A house whose products are strict and keep their key when they die."""
    return build(config=ordered("strict"))


# Letters that keep their key


def test_skip_lets_the_key_go_on_and_the_letter_stays_dead(blocked: House) -> None:
    letter, behind = dead(blocked, "two")
    assert blocked.state(behind) == "waiting"
    row = Desk(blocked).done("skip", letter)
    assert (row["state"], row["matched"], row["changed"], row["skipped"]) == ("done", 1, 1, 0)
    blocked.run()
    assert (blocked.state(letter), blocked.state(behind)) == ("dead", "applied")


def test_discard_ends_the_event_and_its_key_goes_on(blocked: House) -> None:
    letter, behind = dead(blocked, "two")
    desk = Desk(blocked)
    desk.ask("discard", letter)
    assert desk.carry_out() == [letter]
    assert desk.requests.more
    blocked.run()
    assert (blocked.state(letter), blocked.state(behind)) == ("discarded", "applied")


def test_replay_runs_the_same_event_before_those_behind_it(blocked: House) -> None:
    letter, behind = dead(blocked, "two")
    assert Desk(blocked).done("replay", letter)["changed"] == 1
    assert blocked.state(letter) == "pending"
    blocked.run()
    assert (blocked.state(letter), blocked.state(behind)) == ("applied", "applied")
    assert effects(blocked) == ["dead", "two"]
    assert blocked.attempts(letter) == [("write", "rejected"), ("write", "applied")]


def test_a_replayed_event_begins_to_count_anew(blocked: House) -> None:
    letter = dead(blocked)[0]
    blocked.execute("UPDATE sync_queue SET tries = 9, crashes = 2, deadline_at = '2001-01-01'")
    Desk(blocked).done("replay", letter)
    row = blocked.rows("SELECT tries, crashes, deadline_at, first_at, attempts FROM sync_queue")[0]
    assert tuple(row.values()) == (0, 0, None, None, 1)


def test_a_replayed_event_that_dies_again_has_a_second_letter(blocked: House) -> None:
    letter = dead(blocked)[0]
    blocked.far.answers["A"].append(NO)
    Desk(blocked).done("replay", letter)
    blocked.run()
    assert blocked.state(letter) == "dead"
    states = [r["state"] for r in blocked.rows("SELECT state FROM dead_letter ORDER BY id")]
    assert states == ["replayed", "open"]


# Letters that let their key go on


@pytest.fixture
def skipping(build: Build) -> House:
    return build(config=ordered("strict", on_dead="skip"))


def test_strict_order_skips_a_replay_of_what_is_older_than_its_key_s_applied(
    skipping: House,
) -> None:
    letter, _ = dead(skipping, "two")
    row = Desk(skipping).done("replay", letter)
    assert (row["state"], row["changed"], row["skipped"]) == ("done", 0, 1)
    assert row["result"] == {"skipped": "newer applied"}
    assert skipping.state(letter) == "dead"


def test_one_may_be_replayed_out_of_order_on_purpose(skipping: House) -> None:
    letter, _ = dead(skipping, "two")
    assert Desk(skipping).done("replay", letter, out_of_order=True)["changed"] == 1
    skipping.run()
    assert skipping.state(letter) == "applied"
    assert effects(skipping) == ["two", "dead"]
    assert skipping.rows("SELECT applied_seq FROM order_key")[0]["applied_seq"] == 2


def test_a_replay_returns_to_its_own_place(skipping: House) -> None:
    letter = dead(skipping)[0]
    behind = [skipping.post("A", name) for name in ("two", "three")]
    assert Desk(skipping).done("replay", letter)["changed"] == 1
    skipping.run()
    assert effects(skipping) == ["dead", "two", "three"]
    assert {skipping.state(each) for each in [letter, *behind]} == {"applied"}


def test_under_latest_wins_what_is_older_than_its_entity_s_applied_is_superseded(
    build: Build,
) -> None:
    house = build(config=ordered("latest_wins", on_dead="skip"))
    letter, _ = dead(house, "two")
    desk = Desk(house)
    row = desk.done("replay", letter)
    assert (row["changed"], house.state(letter)) == (1, "superseded")
    house.run()
    assert effects(house) == ["two"]


def test_under_latest_wins_the_newest_is_replayed(build: Build) -> None:
    house = build(config=ordered("latest_wins", on_dead="skip"))
    letter = dead(house)[0]
    assert Desk(house).done("replay", letter)["changed"] == 1
    house.run()
    assert house.state(letter) == "applied"


def one_runs_past_a_letter(build: Build) -> tuple[House, Stuck, str]:
    """A dead event that its key goes on without, and the next one under way."""
    lanes = Stuck()
    house = build(config=ordered("strict", on_dead="skip"), lanes=lanes)
    house.far.answers["A"].append(NO)
    letter = house.post("A", "dead")
    house.run(2)
    lanes.run()
    house.run(2)
    house.post("A", "two")
    house.run(2)
    return house, lanes, letter


def test_a_replay_waits_while_an_event_of_its_key_runs(build: Build) -> None:
    house, lanes, letter = one_runs_past_a_letter(build)
    desk = Desk(house)
    first, later = desk.ask("replay", letter), desk.ask("discard", letter)
    assert desk.carry_out() == [letter]
    states = [house.db.read("requests/get", {"uuid": u})["request"][0] for u in (first, later)]
    assert [row["state"] for row in states] == ["open", "done"]
    lanes.run()
    house.run(2)


def test_without_that_wait_two_of_one_key_would_run(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _, letter = one_runs_past_a_letter(build)
    monkeypatch.setattr(wishes, "RUNNING", 99)
    desk = Desk(house)
    desk.ask("replay", letter)
    with pytest.raises(Conflict):
        desk.carry_out()


# Outcomes that nobody knows


@pytest.fixture
def unknown(build: Build) -> tuple[House, str, str]:
    """A house with an unknown letter that keeps its key, and the event behind it."""
    house = build(
        config=ordered("strict", on_dead="skip"),
        capability=Capability(Repeat.NEVER),
        lands=False,
    )
    products = house.pipe.config.entities["zoho.products"]
    assert products.on_unknown == "hold"
    house.far.answers["A"].append(DROPPED)
    letter = house.post("A", "one")
    house.until("dead", letter)
    behind = house.post("A", "two")
    house.run()
    assert (house.letters(), house.state(behind)) == (["unknown"], "waiting")
    return house, letter, behind


def test_a_letter_does_not_return_before_a_later_one_of_unknown_outcome(build: Build) -> None:
    # The later one may have taken effect: the earlier one's would come after it.
    house = build(
        config=ordered("strict", on_dead="skip"), capability=Capability(Repeat.NEVER), lands=True
    )
    house.far.answers["A"] += [NO, DROPPED]
    letter = house.post("A", "one")
    house.until("dead", letter)
    later = house.post("A", "two")
    house.until("dead", later)
    row = Desk(house).done("replay", letter)
    assert (row["changed"], row["skipped"]) == (0, 1)
    assert "unknown outcome" in row["result"]["skipped"]
    assert [name for _, name in house.far.effects] == ["two"]


@pytest.mark.parametrize("verb", ["replay", "skip", "discard"])
def test_an_unknown_letter_may_only_be_resolved(unknown: tuple[House, str, str], verb: str) -> None:
    house, letter, behind = unknown
    row = Desk(house).done(verb, letter)
    assert (row["changed"], row["skipped"]) == (0, 1)
    assert "resolve it first" in row["result"]["skipped"]
    assert (house.state(letter), house.state(behind)) == ("dead", "waiting")


def test_resolved_as_applied_it_ends_and_moves_what_was_applied(
    unknown: tuple[House, str, str],
) -> None:
    house, letter, behind = unknown
    told = len(house.rows("SELECT id FROM outbox"))
    assert Desk(house).done("resolve", letter, applied=True)["changed"] == 1
    assert house.state(letter) == "applied"
    assert house.rows("SELECT applied_seq FROM order_key")[0]["applied_seq"] == 1
    assert house.rows("SELECT applied_seq FROM entity_head")[0]["applied_seq"] == 1
    assert len(house.rows("SELECT id FROM outbox")) == told + 1
    house.run()
    assert house.state(behind) == "applied"


def test_resolved_as_not_applied_it_is_an_ordinary_letter_that_can_be_replayed(
    unknown: tuple[House, str, str],
) -> None:
    house, letter, behind = unknown
    desk = Desk(house)
    assert desk.done("resolve", letter, applied=False)["changed"] == 1
    assert (house.state(letter), house.letters()) == ("dead", ["not_applied"])
    assert desk.done("resolve", letter, applied=False)["skipped"] == 1
    assert desk.done("replay", letter)["changed"] == 1
    house.run()
    assert (house.state(letter), house.state(behind)) == ("applied", "applied")


# Keys


def test_a_held_key_s_events_wait_and_go_on_when_it_is_released(house: House) -> None:
    desk = Desk(house)
    house.run(2)
    events = [house.post("A", name) for name in ("one", "two")]
    key = desk.key(events[0])
    assert desk.done("hold", key_id=key)["changed"] == 1
    house.run()
    assert [house.state(each) for each in events] == ["held", "waiting"]
    assert desk.done("release", key_id=key)["changed"] == 1
    house.run()
    assert effects(house)[-1] == "two"
    assert house.state(events[1]) == "applied"


def test_a_retry_that_was_held_is_due_when_it_was(house: House) -> None:
    desk = Desk(house)
    house.run(2)
    event = house.post("A")
    house.execute("UPDATE sync_queue SET state = 3, due_at = '2999-01-01 00:00:00.000000'")
    for verb, state in (("hold", "held"), ("release", "retrying")):
        desk.done(verb, key_id=desk.key(event))
        assert house.state(event) == state


def test_what_comes_to_the_front_of_a_held_key_is_held(blocked: House) -> None:
    letter, behind = dead(blocked, "two")
    desk = Desk(blocked)
    desk.done("hold", key_id=desk.key(letter))
    desk.done("skip", letter)
    blocked.run()
    assert blocked.state(behind) == "held"
    desk.done("release", key_id=desk.key(letter))
    blocked.run()
    assert blocked.state(behind) == "applied"


def test_a_replay_under_a_held_key_waits_for_its_release(blocked: House) -> None:
    letter, behind = dead(blocked, "two")
    desk = Desk(blocked)
    desk.done("hold", key_id=desk.key(letter))
    desk.done("replay", letter)
    blocked.run()
    assert (blocked.state(letter), blocked.state(behind)) == ("held", "waiting")
    desk.done("release", key_id=desk.key(letter))
    blocked.run()
    assert effects(blocked) == ["dead", "two"]


def test_of_several_held_rows_the_lowest_goes_first(skipping: House) -> None:
    letter = dead(skipping)[0]
    later = skipping.post("A", "two")
    desk = Desk(skipping)
    key = desk.key(letter)
    desk.done("hold", key_id=key)
    desk.done("replay", letter)
    assert [skipping.state(each) for each in (letter, later)] == ["held", "held"]
    desk.done("release", key_id=key)
    assert [skipping.state(each) for each in (letter, later)] == ["pending", "waiting"]
    skipping.run()
    assert effects(skipping) == ["dead", "two"]


def test_letters_are_untouched_by_hold_and_release(blocked: House) -> None:
    letter = dead(blocked)[0]
    desk = Desk(blocked)
    for verb in ("hold", "release"):
        desk.done(verb, key_id=desk.key(letter))
        blocked.run()
        assert blocked.state(letter) == "dead"


@pytest.mark.parametrize("verb", ["hold", "release"])
def test_what_is_so_already_is_skipped(house: House, verb: str) -> None:
    desk, event = Desk(house), house.post("A")
    house.run()
    if verb == "hold":
        desk.done("hold", key_id=desk.key(event))
    row = desk.done(verb, key_id=desk.key(event))
    assert (row["state"], row["changed"], row["skipped"]) == ("done", 0, 1)


# Requests that make no sense


@pytest.mark.parametrize(
    ("verb", "event", "wish"),
    [
        ("replay", "00000000-0000-4000-8000-000000000000", {}),
        ("hold", None, {"key_id": 77}),
        ("hold", None, {"key_id": "A"}),
        ("hold", None, {"key_id": True}),
        ("resolve", "dead", {}),
        ("resolve", "dead", {"applied": "no"}),
        ("bless", "dead", {}),
    ],
)
def test_a_request_that_makes_no_sense_fails_and_says_why(
    blocked: House, verb: str, event: str | None, wish: dict[str, Any]
) -> None:
    letter = dead(blocked)[0]
    row = Desk(blocked).done(verb, letter if event == "dead" else event, **wish)
    assert (row["state"], row["changed"]) == ("failed", 0)
    assert row["result"]["error"]
    assert blocked.state(letter) == "dead"


def test_a_filter_that_cannot_be_read_does_not_stop_those_behind_it(blocked: House) -> None:
    letter = dead(blocked)[0]
    desk = Desk(blocked)
    desk.ask("discard", letter)
    blocked.execute("UPDATE operator_request SET filter = '[1'")
    desk.ask("skip", letter)
    assert (desk.carry_out(), desk.carry_out()) == ([], [])
    assert [r["state"] for r in blocked.rows("SELECT state FROM operator_request")] == [
        "failed",
        "done",
    ]


@pytest.mark.parametrize("verb", ["replay", "skip", "discard", "resolve"])
def test_an_event_that_is_not_dead_is_left_alone(house: House, verb: str) -> None:
    event = house.post("A")
    house.run()
    row = Desk(house).done(verb, event, applied=True)
    assert row["result"] == {"skipped": "the event is applied, not dead"}
    assert house.state(event) == "applied"


def test_a_second_wish_about_the_same_letter_finds_it_done(blocked: House) -> None:
    letter = dead(blocked)[0]
    desk = Desk(blocked)
    desk.ask("discard", letter)
    desk.ask("discard", letter)
    assert [desk.carry_out(), desk.carry_out(), desk.carry_out()] == [[letter], [], []]
    assert not desk.requests.more


# Record and fence


def test_every_request_is_on_record_with_who_and_why(blocked: House) -> None:
    letter = dead(blocked)[0]
    Desk(blocked).done("discard", letter)
    row = blocked.rows("SELECT * FROM audit_trail ORDER BY id DESC LIMIT 1")[0]
    assert (row["action"], row["actor"], row["reason"]) == ("discard", "ann", "because")
    assert (row["event_uuid"], row["entity"]) == (letter, "products")
    assert (row["old"], row["new"]) == ('{"state":"dead"}', '{"state":"discarded"}')
    assert blocked.rows("SELECT kind FROM seal ORDER BY seq DESC")[0]["kind"] == "request"


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("UPDATE audit_trail SET action = 'skip' WHERE action = 'discard'", "otherwise now"),
        ("UPDATE audit_trail SET row_hash = '00' WHERE action = 'discard'", "otherwise now"),
        ("UPDATE audit_trail SET actor = 'bob' WHERE action = 'discard'", "otherwise now"),
        ("UPDATE audit_trail SET reason = 'x' WHERE action = 'discard'", "otherwise now"),
        ("DELETE FROM audit_trail WHERE action = 'discard'", "names what is not there"),
        ("UPDATE seal SET kind = 'close' WHERE kind = 'request'", "does not follow"),
        ("UPDATE seal SET ids = 'x' WHERE kind = 'request'", "names what is not there"),
    ],
)
def test_the_seal_names_a_request_that_was_tampered_with(
    tmp_path: Path, damage: str, finding: str
) -> None:
    house = House(tmp_path, config=blocking())
    letter = dead(house)[0]
    Desk(house).done("discard", letter)
    house.execute(damage)
    assert any(finding in each for each in verify(house.db)), verify(house.db)
    house.close()


@pytest.mark.parametrize("verb", ["erase", "restore", "prune"])
def test_what_retention_does_is_left_to_it(blocked: House, verb: str) -> None:
    letter = dead(blocked)[0]
    desk = Desk(blocked)
    asked = desk.ask(verb, letter)
    desk.carry_out()
    row = blocked.db.read("requests/get", {"uuid": asked})["request"][0]
    assert (row["state"], desk.requests.more) == ("open", False)


def test_a_term_that_is_over_carries_out_nothing(blocked: House) -> None:
    letter = dead(blocked)[0]
    desk, term = Desk(blocked), blocked.pipe.leadership.term
    assert term is not None
    desk.ask("discard", letter)
    with pytest.raises(Deposed):
        desk.requests.carry_out(replace(term, token="0" * 32))
    assert blocked.state(letter) == "dead"


def test_without_the_fence_it_would(blocked: House, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = dead(blocked)[0]
    desk, term = Desk(blocked), blocked.pipe.leadership.term
    assert term is not None
    desk.ask("discard", letter)
    cut(monkeypatch, "AND epoch = :epoch AND token = :token")
    with suppress(Deposed):
        desk.requests.carry_out(replace(term, token="0" * 32))
    assert blocked.state(letter) == "discarded"


def test_without_promotion_the_key_would_stand_still(
    blocked: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, behind = dead(blocked, "two")
    cut(monkeypatch, "WHERE state = 1\n  AND id =", "WHERE state = 99\n  AND id =")
    Desk(blocked).done("skip", letter)
    blocked.run()
    assert blocked.state(behind) == "waiting"


def test_without_its_mark_the_front_of_a_held_key_would_run(
    blocked: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter, behind = dead(blocked, "two")
    desk = Desk(blocked)
    desk.done("hold", key_id=desk.key(letter))
    cut(monkeypatch, "CASE WHEN k.held = 1 THEN 5 ELSE 0 END", "0")
    desk.done("skip", letter)
    assert blocked.state(behind) == "pending"


# What ingest asks for


def test_a_record_sent_again_has_its_dead_event_replayed(build: Build) -> None:
    house = build(config=_replaying())
    record = {"item_id": "A", "sku": "A", "name": "x"}
    house.far.answers["A"].append(NO)
    letter = str(house.pipe.post(record).event_id)
    house.run()
    house.pipe.post(record)
    asked = house.rows("SELECT verb, source FROM operator_request")
    assert [tuple(row.values()) for row in asked] == [("replay", "ingest")]
    Desk(house).carry_out()
    house.run()
    assert house.state(letter) == "applied"


def _replaying() -> Config:
    config = load_config(None)
    changed = {"replay_dead": True, "on_dead": "skip"}
    products = config.entities["zoho.products"].model_copy(update=changed)
    return config.model_copy(update={"entities": {**config.entities, "zoho.products": products}})
