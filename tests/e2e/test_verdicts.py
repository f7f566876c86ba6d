"""What the same record comes to when it comes again, in real processes with a drain between."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.house import API, ZOHO, House, Process
from tests.e2e.wait import eventually

pytestmark = pytest.mark.process


def item(item_id: str, name: str, minute: int | None = None, **fields: Any) -> dict[str, Any]:
    stamp = {} if minute is None else {"last_modified_time": f"2024-05-01T10:{minute:02}:00Z"}
    return {"item_id": item_id, "name": name, "sku": f"V-{item_id}", **stamp, **fields}


def test_a_then_b_then_a_drained_between_is_three_effects(house: House) -> None:
    for minute, name in enumerate(("A", "B", "A")):
        house.ended(house.accepted(item("aba", name, minute)))
    assert len(house.effects("V-ABA")) == 3


def test_a_late_resend_of_an_old_state_is_stale_and_writes_nothing(house: House) -> None:
    for minute, name in ((1, "A"), (2, "B")):
        house.ended(house.accepted(item("late", name, minute)))
    answer = house.product(item("late", "A", 1))
    assert answer.json()["verdict"] == "stale"
    assert len(house.effects("V-LATE")) == 2


def test_an_update_then_a_delete_are_two_and_a_resend_of_the_update_is_nothing(
    house: House,
) -> None:
    record = item("gone", "A", 1)
    told = [
        house.http.post(f"/webhooks/products{query}", json={"item": record}, headers=ZOHO).json()
        for query in ("", "?event=deleted", "")
    ]
    assert [each["verdict"] for each in told] == ["new", "new", "duplicate"]
    assert told[2]["event_id"] == told[0]["event_id"]


def test_ids_that_sql_server_would_call_equal_are_three_entities(house: House) -> None:
    told = [house.accepted(item(item_id, "A", 1, sku=None)) for item_id in ("ab", "AB", "ab ")]
    assert len(set(told)) == 3


def test_a_document_that_comes_newer_first_is_kept_and_flagged(house: House) -> None:
    found = []
    for minute in (2, 1):
        record = {"bill_id": "late-bill", "last_modified_time": f"2024-05-01T10:0{minute}:00Z"}
        answer = house.http.post("/webhooks/bills", json={"bill": record}, headers=ZOHO)
        assert answer.json()["verdict"] == "new"
        found.append(house.event(answer.json()["event_id"])["late"])
    assert found == [False, True]


def test_twenty_senders_of_one_body_to_two_processes_make_one_event(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        house.with_schema()
        doors = [_door(house, name) for name in ("one", "two")]
        body = {"item": item("same", "A", 1)}

        def post(number: int) -> str:
            answer = httpx.post(
                f"{doors[number % 2]}/webhooks/products",
                json=body,
                headers=ZOHO,
                timeout=30,
                trust_env=False,
            )
            return f"{answer.status_code} {answer.json()['verdict']} {answer.json()['event_id']}"

        with ThreadPoolExecutor(20) as pool:
            told = Counter(pool.map(post, range(20)))
        assert sorted(told.values()) == [1, 19], told
        assert len({each.split()[2] for each in told}) == 1
        event = next(iter(told)).split()[2]
        assert _deliveries(house, doors[0], event) == 20
    finally:
        house.close()


def _door(house: House, name: str) -> str:
    process: Process = house.start(name, "ingest", "--port", "0")
    url = process.says(r"tidegate     (http://\S+)")
    eventually(f"{name} is ready", 30, lambda: _ready(url))
    return url


def _ready(url: str) -> bool | None:
    try:
        return httpx.get(f"{url}/ready", trust_env=False).status_code == 200 or None
    except httpx.TransportError:
        return None


def _deliveries(house: House, door: str, event: str) -> int:
    from sql.open import open_database
    from tidegate.clock import SystemClock

    assert httpx.get(f"{door}/events/{event}", headers=API, trust_env=False).status_code == 200
    database = open_database(None, None, house.dir, SystemClock(), "test")
    try:
        with database.engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT SUM(seen) FROM delivery").scalar_one()
        return int(found)
    finally:
        database.close()
