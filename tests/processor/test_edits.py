"""A dead letter edited and sent again: a new event in the old one's place, on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ops import edits
from ops.requests import WrongRequest, answer
from processor.wishes import DOUBTED
from tests.processor.bench import DROPPED, House
from tests.processor.desk import NO, Desk, conserved, dead, effects, ordered
from tests.processor.jobs import ANN, BOB
from tidegate import canon
from tidegate.adapter import Capability, Repeat
from tidegate.canon import Json

Build = Callable[..., House]


@pytest.fixture
def blocked(build: Build) -> House:
    return build(config=ordered("strict"))


def drafted(house: House, event: str, *sets: tuple[str, Any], **given: Any) -> edits.Draft:
    pipe = house.pipe
    return edits.draft(
        house.db, pipe.config, pipe.mapper, event, sets or [("/name", "new")], **given
    )


def edited(house: House, event: str, *sets: tuple[str, Any], who: Any = ANN) -> dict[str, Any]:
    """Ask for an edit and have it carried out; what became of it."""
    made = drafted(house, event, *sets)
    asked = edits.ask(house.db, house.pipe.ids, who, made, "a typo")
    Desk(house).carry_out()
    conserved(house)
    return answer(house.db, asked)


def test_an_edited_letter_is_a_new_event_in_the_old_one_s_place(blocked: House) -> None:
    letter, behind = dead(blocked, "two")
    told = edited(blocked, letter)
    assert (told["state"], told["changed"]) == ("done", 1)
    new = told["new_event_id"]
    blocked.run()
    assert effects(blocked) == ["new", "two"]
    states = [blocked.state(each) for each in (letter, new, behind)]
    assert states == ["superseded", "applied", "applied"]
    assert str(blocked.far.effect_keys[0]) == new != letter


def test_no_edit_of_what_only_an_effect_key_keeps_from_a_second_effect(build: Build) -> None:
    house = build(config=ordered("strict"), capability=Capability(Repeat.KEY), lands=False)
    house.far.answers["A"] += [DROPPED, NO]
    letter = house.post("A", "order")
    house.until("dead", letter)
    assert edited(house, letter)["why"] == f"not sent: {DOUBTED}"
    desk = Desk(house)
    desk.ask("resolve", letter, applied=False)
    desk.carry_out()
    assert edited(house, letter)["changed"] == 1


def test_the_original_and_the_edit_name_each_other(blocked: House) -> None:
    letter = dead(blocked)[0]
    new = edited(blocked, letter)["new_event_id"]
    rows = blocked.rows("SELECT uuid, edited_from, ended_by, seq FROM inbox ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [(letter, None, new, 1), (new, letter, None, 1)]
    closed = blocked.rows("SELECT state, closed_by FROM dead_letter")
    assert [tuple(row.values()) for row in closed] == [("edited", "cli:ann")]
    bodies = blocked.rows("SELECT body FROM payload ORDER BY event_id")
    assert [canon.at(canon.parse(row["body"]), "/item/name") for row in bodies] == ["dead", "new"]


def test_what_was_changed_is_on_record_with_who_and_why(blocked: House) -> None:
    letter = dead(blocked)[0]
    new = edited(blocked, letter, ("/name", "new"), ("/rate", 5))["new_event_id"]
    row = blocked.rows("SELECT * FROM audit_trail ORDER BY id DESC LIMIT 1")[0]
    assert (row["action"], row["actor"], row["reason"]) == ("edit-replay", "cli:ann", "a typo")
    assert row["old"] == '{"/name":"dead","/rate":null}'
    assert json.loads(row["new"]) == {"event_id": new, "to": {"/name": "new", "/rate": 5}}
    assert (row["event_uuid"], row["fields"]) == (letter, '["/name", "/rate"]')


@pytest.mark.parametrize(("order", "merges"), [("strict", 0), ("latest_wins", 1)])
def test_a_place_that_was_given_up_is_taken_again(build: Build, order: str, merges: int) -> None:
    house = build(config=ordered(order, on_dead="skip"))
    letter = dead(house)[0]
    behind = house.post("A", "two")
    edited(house, letter)
    rows = house.rows("SELECT seq, merges, attempts, state FROM sync_queue ORDER BY seq")
    assert tuple(rows[0].values()) == (1, merges, 0, 0)
    house.run()
    assert effects(house) == ["new", "two"]
    assert house.state(behind) == "applied"


@pytest.mark.parametrize("order", ["strict", "latest_wins"])
def test_what_a_newer_one_has_overtaken_is_not_sent(build: Build, order: str) -> None:
    house = build(config=ordered(order, on_dead="skip"))
    letter, _ = dead(house, "two")
    told = edited(house, letter)
    assert (told["changed"], told["why"]) == (0, "not sent: newer applied")
    assert house.state(letter) == "dead"


def test_nothing_is_edited_whose_outcome_nobody_knows(blocked: House) -> None:
    letter = dead(blocked)[0]
    blocked.execute("UPDATE dead_letter SET reason = 'unknown'")
    told = edited(blocked, letter)
    assert told["why"] == "nobody knows whether it took effect: resolve it first"
    assert blocked.state(letter) == "dead"


def test_of_two_editors_one_wins_and_the_other_is_told_who(blocked: House) -> None:
    letter = dead(blocked)[0]
    first, second = drafted(blocked, letter), drafted(blocked, letter, ("/name", "mine"))
    edits.ask(blocked.db, blocked.pipe.ids, ANN, first, "a typo")
    asked = edits.ask(blocked.db, blocked.pipe.ids, BOB, second, "a typo")
    Desk(blocked).carry_out()
    why = answer(blocked.db, asked)["why"]
    said = "not sent: the event is superseded, not dead: its letter was edited by cli:ann at "
    assert why.startswith(said)
    blocked.run()
    assert effects(blocked) == ["new"]


def test_who_comes_too_late_is_told_before_anything_is_asked(blocked: House) -> None:
    letter = dead(blocked)[0]
    Desk(blocked).done("discard", letter)
    with pytest.raises(edits.Settled, match=r"event is discarded, .* discarded, by ann at 2026"):
        drafted(blocked, letter)


# What may be sent


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        ("/item_id", "other", "it would be another record: other, not A"),
        ("/item_id", None, "there is no usable id at record:/item_id"),
        ("/sku", "x" * 21, "/sku"),
        ("/rate", "cheap", "/rate"),
    ],
)
def test_an_edit_is_held_to_the_shape_and_the_mapping(
    blocked: House, place: str, value: Any, problem: str
) -> None:
    made = drafted(blocked, dead(blocked)[0], (place, value))
    assert any(problem in each for each in made.problems), made.problems
    with pytest.raises(WrongRequest, match="cannot be sent"):
        edits.ask(blocked.db, blocked.pipe.ids, ANN, made, "a typo")


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"new_date": "2026-12-02"}, []),
        ({"new_date": "soon"}, ["Value error, a date is written YYYY-MM-DD at /new_date"]),
        ({"po": "2"}, ["po cannot be edited"]),
        ({"command": "price"}, ["command cannot be edited"]),
        ({"actor": "eve"}, ["actor cannot be edited"]),
    ],
)
def test_a_command_s_own_fields_alone_may_be_edited(
    change: dict[str, Json], problems: list[str]
) -> None:
    old: dict[str, Json] = {
        "command": "date",
        "po": "1",
        "line_no": 1,
        "new_date": "2026-12-01",
        "reason": "late",
    }
    assert list(edits._command(old, old | change)) == problems


def test_a_whole_record_may_be_given(blocked: House) -> None:
    letter = dead(blocked)[0]
    record = {"item_id": "A", "sku": "A", "name": "whole"}
    made = drafted(blocked, letter, ("/rate", 7), record=record)
    assert made.problems == ()
    assert set(made.changed) == {"/name", "/rate", "/last_modified_time"}


@pytest.mark.parametrize("sets", [("/name", "dead"), ("/name/x", 1), ("/none/x", 1)])
def test_an_edit_that_changes_nothing_or_no_place_is_refused(
    blocked: House, sets: tuple[str, Any]
) -> None:
    letter = dead(blocked)[0]
    with pytest.raises(WrongRequest):
        drafted(blocked, letter, sets)


def test_a_wish_that_no_service_made_fails(blocked: House) -> None:
    letter = dead(blocked)[0]
    row = Desk(blocked).done("edit-replay", letter, uuid="x", body="{}")
    assert (row["state"], row["result"]) == ("failed", {"error": "the edit cannot be read"})
    assert blocked.state(letter) == "dead"
