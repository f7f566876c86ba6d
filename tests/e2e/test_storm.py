"""Faults of every kind by chance, also while leaders change: each effect once, in order."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.house import House, Process
from tests.e2e.test_kills import depth, states
from tests.e2e.wait import eventually, measured

pytestmark = [pytest.mark.process, pytest.mark.timeout(150)]

KEYS = 30
EACH = 10
SEED = 20261121
CHANGE_EVERY = 2.0
PATIENCE = 100.0
CONFIG = """
[adapters.sandbox]
timeout = 0.6

[entities."zoho.products"]
kind = "state"
order = "strict"
on_dead = "block"
[entities."zoho.products".retry]
base = 0.05
cap = 0.5
attempts = 200
"""
FAULTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 429},
    {"delay_ms": 900},
    {"drop": "before"},
    {"drop": "after"},
    {"late_ms": 800},
    {"queue": True},
    {"proxy_502_after": True},
    {"timeout_408_after": True},
    {"bom": True},
]


def storm(house: House, chance: random.Random) -> None:
    """Every kind of fault, each for some of the requests."""
    for fault in FAULTS:
        house.fault(**fault, probability=0.02, seed=chance.randrange(1 << 30), times=10_000)


def post_all(house: House) -> dict[str, list[str]]:
    """Ten pictures of each of thirty items, in turn; their events by the item's number."""

    def one(number: int) -> tuple[str, list[str]]:
        made = [house.accepted(item(number, each)) for each in range(EACH)]
        return f"S-{number}", made

    with ThreadPoolExecutor(8) as pool:
        return dict(pool.map(one, range(KEYS)))


def item(number: int, picture: int) -> dict[str, Any]:
    return {
        "item_id": str(number),
        "name": f"Picture {picture}",
        "sku": f"S-{number}",
        "rate": picture,
        "last_modified_time": f"2024-05-01T10:{picture:02}:00Z",
    }


def once_and_in_order(house: House, accepted: dict[str, list[str]]) -> None:
    """Every event is applied, had one effect, and its key's effects are in its order."""
    eventually("the queue is empty", PATIENCE, lambda: not depth(house) or None, every=0.2)
    assert states(house) == {"applied": KEYS * EACH}
    threading.Event().wait(1.0)  # what is late has landed by then
    ledger = house.ledger()
    assert set(Counter(row["effect_key"] for row in ledger).values()) == {1}
    for key, events in accepted.items():
        assert [row["effect_key"] for row in ledger if row["key"] == key] == events


@pytest.fixture
def stormy(parts: House) -> House:
    """Ingest and sandbox; processors come as the test starts them."""
    (parts.folder / "tidegate.toml").write_text(CONFIG)
    parts.with_schema()
    parts.sandbox_alone()
    parts.ingest()
    return parts


def test_each_effect_is_had_once_and_in_order_under_faults_of_every_kind(stormy: House) -> None:
    storm(stormy, random.Random(SEED))
    stormy.processor("only")
    accepted = post_all(stormy)
    once_and_in_order(stormy, accepted)


def test_the_same_holds_while_the_leader_changes_every_two_seconds(stormy: House) -> None:
    storm(stormy, random.Random(SEED + 1))
    leading: list[Process] = [stormy.processor("p0"), stormy.processor("p1")]
    over, changes = threading.Event(), 0

    def change() -> None:
        nonlocal changes
        while not over.wait(CHANGE_EVERY):
            leading.pop(0).kill()
            changes += 1
            leading.append(stormy.processor(f"p{changes + 1}"))

    changer = threading.Thread(target=change)
    changer.start()
    try:
        accepted = post_all(stormy)
        once_and_in_order(stormy, accepted)
    finally:
        over.set()
        changer.join()
    measured(f"{changes} changes of leader")
