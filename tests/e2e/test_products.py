"""One product in: one write, one effect, one signed event; and what the next deliveries are."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.house import ZOHO, House
from tests.e2e.wait import eventually, measured
from tests.outbox.receiver import Receiver

pytestmark = pytest.mark.process

BODY = (
    b'{"item": {"item_id": "460000000026049", "name": "Hard Drive", "sku": "HD-1", '
    b'"rate": 120.5, "last_modified_time": "2026-11-20T10:00:00+0100"}}'
)


def item(name: str, rate: float, at: str, item_id: str = "460000000026050") -> dict[str, Any]:
    """A product as Zoho writes it, changed on one day long past."""
    sku = f"E2E-{item_id[-6:]}"
    stamp = f"2024-05-01T{at}:00+0100"
    return {
        "item_id": item_id,
        "name": name,
        "sku": sku,
        "rate": rate,
        "last_modified_time": stamp,
    }


def post(house: House) -> httpx.Response:
    return house.http.post("/webhooks/products", content=BODY, headers=ZOHO)


def test_the_zoho_body_is_one_write_one_effect_and_one_signed_event(
    house: House, receiver: Receiver
) -> None:
    began = time.monotonic()
    posted = post(house)
    assert posted.status_code == 202
    event_id = posted.json()["event_id"]
    event = house.ended(event_id)
    took = time.monotonic() - began
    assert len(event["attempts"]) == 1
    assert took < 1, f"{took:.3f} s"
    measured(f"accepted and applied in {took * 1000:.0f} ms")
    found = house.sandbox.get("/sandbox/items/HD-1").json()
    assert (found["displayName"], found["unitPrice"]) == ("Hard Drive", 120.5)
    assert [(each["effect_key"], each["count"]) for each in house.effects("HD-1")] == [
        (event_id, 1)
    ]
    eventually("the subscriber is told", 5, lambda: told(receiver, event_id) or None)
    sent = told(receiver, event_id)
    assert [each.verified for each in sent] == [True]


def told(receiver: Receiver, event_id: str) -> list[Any]:
    return [each for each in receiver.received if each.data["event_id"] == event_id]


def test_the_same_body_again_is_a_duplicate_of_the_first(house: House) -> None:
    first = post(house).json()["event_id"]
    again = post(house)
    assert (again.status_code, again.json()["verdict"]) == (202, "duplicate")
    assert again.json()["event_id"] == first
    house.ended(first)
    assert [each["count"] for each in house.effects("HD-1")] == [1]


def test_other_content_and_the_first_content_again_are_two_more_effects(house: House) -> None:
    first = item("Hard Drive", 120.5, "10:00")
    told_in_turn = [first, item("Harder Drive", 99, "11:00"), item("Hard Drive", 120.5, "12:00")]
    events = []
    for each in told_in_turn:
        # Drained between: what waits when a newer state comes is superseded.
        events.append(house.accepted(each))
        house.ended(events[-1])
    assert house.accepted(first, "stale") == events[-1]
    wanted = [(event_id, 1) for event_id in events]
    found = house.effects("E2E-026050")
    assert [(each["effect_key"], each["count"]) for each in found] == wanted


def test_two_long_ids_that_differ_in_the_last_digit_are_two_entities(house: House) -> None:
    # As JSON numbers: a double would make one of them.
    events = [
        house.http.post(
            "/webhooks/products",
            content=b'{"item": {"item_id": 100000000000000000%d, "sku": "LONG-%d"}}' % (n, n),
            headers=ZOHO,
        ).json()
        for n in (1, 2)
    ]
    assert [each["verdict"] for each in events] == ["new", "new"]
    ids = {house.ended(each["event_id"])["entity_id"] for each in events}
    assert ids == {"1000000000000000001", "1000000000000000002"}


def test_a_second_start_in_the_same_folder_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        assert house.up().terminate() == 0
        first = house.up()
        event_id = post(house).json()["event_id"]
        house.ended(event_id)
        assert first.terminate() == 0
        house.up()
        assert house.event(event_id)["state"] == "applied"
        assert post(house).json() | {"delivery_id": ""} == {
            "event_id": event_id,
            "delivery_id": "",
            "verdict": "duplicate",
            "status_url": f"/events/{event_id}",
        }
        house.ended(house.accepted(item("SSD", 80, "10:00")))
    finally:
        house.close()
