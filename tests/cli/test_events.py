"""`tidegate events`: what is found, and the whole story of one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cli import exits
from tests.cli.conftest import Run
from tests.e2e.house import House

pytestmark = pytest.mark.process


def test_events_are_found_by_state_entity_and_id(house: House, run: Run, tried: str) -> None:
    for narrow in (
        ["--state", "applied"],
        ["--entity", "products", "--id", "460000000026049"],
        ["--limit", "1"],
    ):
        ran = run("events", "list", *narrow, "--dir", house.dir, "-o", "json")
        assert ran.code == exits.OK
        assert [row["event_id"] for row in ran.json] == [tried]


@pytest.mark.parametrize(
    "narrow", [["--state", "dead"], ["--state", "pending"], ["--entity", "x"], ["--id", "x"]]
)
def test_nothing_found_has_its_own_exit_code(
    house: House, run: Run, tried: str, narrow: list[str]
) -> None:
    ran = run("events", "list", *narrow, "--dir", house.dir, "-o", "json")
    assert (ran.code, ran.json) == (exits.NOTHING, [])
    assert "no event matches" in ran.err


def test_a_state_that_does_not_exist_is_a_wrong_usage(house: House, run: Run) -> None:
    ran = run("events", "list", "--state", "finished", "--dir", house.dir)
    assert ran.code == exits.USAGE
    assert "superseded" in ran.err


def test_the_whole_story_is_told_in_the_order_of_time(house: House, run: Run, tried: str) -> None:
    story = run("events", "show", tried, "--dir", house.dir, "-o", "json").json
    told = [row["what"] for row in story["timeline"]]
    assert told[:6] == [
        "delivered",
        "accepted",
        "attempt 1 opened",
        "attempt 1 closed",
        "changed",
        "ended",
    ]
    assert [row["at"] for row in story["timeline"]] == sorted(r["at"] for r in story["timeline"])
    assert (story["state"], len(story["attempts"])) == ("applied", 1)
    assert story["changes"][0]["new"]["number"] == "HD-1"


def test_a_person_reads_the_story_as_a_table(house: House, run: Run, tried: str) -> None:
    out = run("events", "show", tried, "--dir", house.dir).out
    for words in ("applied", "attempt 1 closed", "by source:zoho", "delivered"):
        assert words in out


def test_a_deliverys_id_leads_to_its_event(house: House, run: Run, tried: str) -> None:
    story = run("events", "show", tried, "--dir", house.dir, "-o", "json").json
    delivery = story["deliveries"][0]["uuid"]
    found = run("events", "show", delivery.upper(), "--dir", house.dir, "-o", "json").json
    assert (found["event_id"], found["asked_for_delivery"]) == (tried, delivery)


def test_explain_tells_the_same(house: House, run: Run, tried: str) -> None:
    shown = [
        run(*verb, tried, "--dir", house.dir).out for verb in (["events", "show"], ["explain"])
    ]
    assert shown[0] == shown[1]


def test_a_delivery_that_made_no_event_has_a_story_too(house: House, run: Run) -> None:
    keys = dict(
        line.split("=", 1) for line in (house.dir / "keys.env").read_text().splitlines() if line
    )
    posted = house.http.post(
        "/webhooks/products",
        json={"event_type": 5, "data": "no object"},
        headers={"X-Webhook-Key": keys["WEBHOOK_KEY"]},
    )
    assert posted.status_code == 422
    with closing(sqlite3.connect(house.database)) as connection:
        (delivery,) = connection.execute(
            "SELECT uuid FROM delivery WHERE event_uuid IS NULL"
        ).fetchone()
    told = run("events", "show", delivery, "--dir", house.dir, "-o", "json").json
    assert told["delivery_id"] == delivery
    assert [row["what"] for row in told["timeline"]] == ["delivered"]
    assert run("events", "show", delivery, "--dir", house.dir).code == exits.OK


def test_an_id_that_nobody_has_matches_nothing(house: House, run: Run) -> None:
    ran = run("events", "show", "01a1fc1d-0000-7000-8000-000000000000", "--dir", house.dir)
    assert (ran.code, ran.out) == (exits.NOTHING, "")
