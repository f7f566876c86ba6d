"""Two relays on one database: one sends, and the other goes on where it was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import SECRET, House
from tests.e2e.wait import eventually
from tests.outbox.receiver import Receiver

pytestmark = pytest.mark.process


def item(sku: str) -> dict[str, Any]:
    return {"item_id": sku, "name": "Item", "sku": sku}


def told(receiver: Receiver) -> list[str]:
    return [each.data["event_id"] for each in receiver.received if each.verified]


def test_a_killed_relay_is_followed_and_nobody_is_told_twice(
    tmp_path: Path, receiver: Receiver
) -> None:
    env = {"SUBSCRIBER_URL": receiver.url, "SUBSCRIBER_SECRET": SECRET}
    house = House(tmp_path, env)
    try:
        house.with_schema()
        house.sandbox_alone()
        house.ingest()
        house.processor("processor")
        first = house.relay("first")
        eventually("the first relays", 10, lambda: house.led_by(first, "relay"))
        second = house.relay("second")
        before = house.accepted(item("A"))
        eventually("the first told", 10, lambda: told(receiver) == [before] or None)
        # What it told must be on record, else the next would rightly tell it again.
        eventually("it is settled", 5, lambda: waiting(house) == 0 or None)
        first.kill()
        after = house.accepted(item("B"))
        eventually("the second told", 10, lambda: told(receiver) == [before, after] or None)
        assert house.led_by(second, "relay")
    finally:
        house.close()


def waiting(house: House) -> int:
    """Dispatches that are not at their end."""
    outbox: dict[str, int] = house.http.get("/health").json()["queue"]["outbox"]
    return sum(outbox.values())
