"""Events for people: the list with its windows, and the whole story of one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from ops import events as module
from ops.events import Events
from sql.filters import Filter
from sql.tables.inbox import order_key
from tests.ops.dead import ANNA, Dead


def listed(dead: Dead, flt: Filter, **how: Any) -> dict[str, Any]:
    return Events(dead.house.db).list(flt, **how)


def ids(found: dict[str, Any]) -> list[str]:
    return [row["event_id"] for row in found["events"]]


def story(dead: Dead, wanted: str, *, bodies: bool = False) -> dict[str, Any]:
    told = Events(dead.house.db).story(wanted, bodies=bodies)
    assert told is not None
    assert json.loads(json.dumps(told)) == told
    return told


def test_the_newest_come_first_with_state_and_age(dead: Dead) -> None:
    found = listed(dead, Filter())
    assert ids(found) == [dead.d, dead.behind, dead.c, dead.b, dead.a]
    states = [row["state"] for row in found["events"]]
    assert states == ["applied", "waiting", "dead", "dead", "dead"]
    assert found["events"][-1]["age_s"] == pytest.approx(26 * 3600, abs=60)
    assert (found["next"], found["capped"], found["searched"]) == (None, False, 5)


def test_a_list_goes_on_behind_the_last_event_that_was_seen(dead: Dead) -> None:
    first = listed(dead, Filter(states=("dead",)), limit=2)
    assert (ids(first), first["next"]) == ([dead.c, dead.b], dead.b)
    rest = listed(dead, Filter(states=("dead",)), limit=2, after=dead.b)
    assert (ids(rest), rest["next"]) == ([dead.a], None)


def test_what_is_not_looked_at_is_said_and_can_be_gone_on_with(
    dead: Dead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 1)
    monkeypatch.setattr(module, "MOST_WINDOWS", 2)
    found = listed(dead, Filter(text="a"))
    assert (ids(found), found["searched"], found["next"]) == ([dead.behind], 2, dead.behind)
    rest = listed(dead, Filter(text="a"), after=found["next"])
    assert (ids(rest), rest["next"]) == ([], dead.b)
    assert ids(listed(dead, Filter(text="a"), after=rest["next"])) == [dead.a]


def test_what_has_not_ended_is_found_however_old(
    dead: Dead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 1)
    monkeypatch.setattr(module, "MOST_WINDOWS", 1)
    for states in (("dead",), ("waiting", "dead")):
        assert dead.a in ids(listed(dead, Filter(states=states)))
    assert ids(listed(dead, Filter(ids=(dead.a,)))) == [dead.a]


def test_the_story_of_a_dead_event_is_whole(dead: Dead) -> None:
    dead.letters.note(ANNA, dead.a, "asked the vendor")
    told = story(dead, dead.a)
    happened = [row["what"] for row in told["timeline"]]
    assert happened[:4] == ["delivered", "accepted", "attempt 1 opened", "attempt 1 closed"]
    assert {"dead letter", "noted"} <= set(happened[4:])
    assert (told["state"], told["letters"][0]["reason"]) == ("dead", "rejected")
    assert [note["text"] for note in told["notes"]] == ["asked the vendor"]
    assert told["changes"][-1]["new"] == {"note": "asked the vendor"}
    assert "abcdefgh" not in json.dumps(told)


def test_what_an_event_waits_behind_is_named(dead: Dead) -> None:
    waits = story(dead, dead.behind)["waits"]
    assert (waits["ahead"], waits["behind_event"]["event_id"]) == (1, dead.a)
    assert waits["why"] == f"behind {dead.a}, which is dead"
    assert story(dead, dead.d)["waits"] is None


def test_a_held_key_is_named(dead: Dead) -> None:
    with dead.house.db.engine.begin() as connection:
        connection.execute(update(order_key).values(held=1))
    assert story(dead, dead.a)["waits"]["why"] == "an operator holds the key zoho:products:A"


def test_a_delivery_and_a_message_id_lead_to_their_event(dead: Dead) -> None:
    told = story(dead, dead.d)
    delivery = told["deliveries"][0]["uuid"]
    assert story(dead, delivery.upper())["event_id"] == dead.d
    found = story(dead, "m-4711")
    assert (found["event_id"], found["asked_for_message"], found["others"]) == (
        dead.d,
        "m-4711",
        [],
    )


def test_an_id_that_nobody_has_leads_nowhere(dead: Dead) -> None:
    for wanted in ("00000000-0000-4000-8000-000000000000", "m-0", "", "x" * 500):
        assert Events(dead.house.db).story(wanted) is None


def test_bodies_are_told_on_demand_and_masked(dead: Dead) -> None:
    assert "body" not in story(dead, dead.d)
    told = story(dead, dead.d, bodies=True)
    assert told["body"]["item"]["sku"] == "D"
    assert "sent" in told["attempts"][0]["request"]
    assert told["erased_at"] is None
