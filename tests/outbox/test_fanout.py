"""Outbox rows become dispatches."""

from __future__ import annotations

import itertools

from outbox.fanout import fan_out
from outbox.store import OutboxRow, SubscriptionRow

ALL = SubscriptionRow(1, "all", "https://a.example", None, True)
PRICES = SubscriptionRow(2, "prices", "https://b.example", '["prices.applied"]', True)


def row(id: int, type: str, key: bytes) -> OutboxRow:
    return OutboxRow(id, f"uuid-{id}", type, "subject", key, "{}", "2026", None)


def ids() -> itertools.count[int]:
    return itertools.count(1)


def test_a_subscription_gets_the_types_that_it_wants() -> None:
    rows = [row(1, "products.applied", b"p"), row(2, "prices.applied", b"q")]
    drawn = ids()
    found = fan_out(rows, [ALL, PRICES], lambda: f"msg_{next(drawn)}")
    told = [(each["subscription_id"], each["type"]) for each in found.dispatches]
    assert told == [(1, "products.applied"), (1, "prices.applied"), (2, "prices.applied")]
    assert [each["message_id"] for each in found.dispatches] == ["msg_1", "msg_2", "msg_3"]


def test_places_rise_per_subscription_and_key() -> None:
    rows = [row(1, "a", b"p"), row(2, "a", b"q"), row(3, "a", b"p")]
    found = fan_out(rows, [ALL], lambda: "m")
    assert [each["place"] for each in found.dispatches] == [0, 0, 1]
    assert found.numbers == [
        {"subscription_id": 1, "key_hash": b"p", "n": 2},
        {"subscription_id": 1, "key_hash": b"q", "n": 1},
    ]


def test_what_nobody_wants_is_taken_all_the_same() -> None:
    found = fan_out([row(1, "products.applied", b"p")], [PRICES], lambda: "m")
    assert (found.taken, found.dispatches, found.numbers) == ([{"id": 1}], [], [])
