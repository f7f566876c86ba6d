"""What is lost on the way to the ERP and back: one effect, never two, however commands repeat."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.e2e.house import ZOHO, House
from tests.e2e.wait import stays

pytestmark = pytest.mark.process

LATE_MS = 1250
"""Longer than the adapter's time-out (1 s), shorter than `in_doubt` (1.6 s)."""

CONDITIONAL = """
entities."zoho.products".on_delete = "delete"
[adapters.sandbox]
timeout = 1.0
in_doubt = 1.6
"""
PROBE = f"""{CONDITIONAL}
repeat = "probe"
"""
CALL_TIMEOUT = 1.0
UNDONE: dict[str, str | int] = {"drop": "before"}
DONE: list[dict[str, str | int]] = [{"drop": "after"}, {"late_ms": LATE_MS}]
_numbers = count(1)


@pytest.fixture(scope="module", params=["conditional", "probe"])
def far(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp(request.param)
    config = folder / "tidegate.toml"
    config.write_text(PROBE if request.param == "probe" else CONDITIONAL)
    house = House(folder, {"TIDEGATE_CONFIG": str(config)})
    try:
        house.up()
        yield house
    finally:
        house.close()


def item(number: int, rate: int) -> dict[str, Any]:
    return {"item_id": str(number), "name": "Item", "sku": f"F-{number}", "rate": rate}


def one_effect(house: House, event_id: str, key: str, fault: dict[str, str | int]) -> None:
    """The event had one effect, and has no second one when what was late has landed."""

    def once() -> bool:
        mine = [each for each in house.effects(key) if each["effect_key"] == event_id]
        return [each["count"] for each in mine] == [1]

    event = house.ended(event_id, seconds=20)
    assert len(event["attempts"]) > 1
    assert once()
    if "late_ms" in fault:
        # Under probe nothing is sent again while the first may land: it landed in that time.
        assert writes(event) == (1 if probing(house) else 2)
        stays(f"one effect of {event_id}", LATE_MS / 1000 - CALL_TIMEOUT + 0.3, once)


def writes(event: dict[str, Any]) -> int:
    return sum(each["kind"] == "write" for each in event["attempts"])


def probing(house: House) -> bool:
    return (house.folder / "tidegate.toml").read_text() == PROBE


@pytest.mark.parametrize("fault", [UNDONE, *DONE], ids=str)
def test_a_new_item_is_made_once(far: House, fault: dict[str, str | int]) -> None:
    number = next(_numbers)
    far.fault(**fault, match="POST /api")
    one_effect(far, far.accepted(item(number, 10)), f"F-{number}", fault)


def test_a_deleted_item_does_not_come_back_with_its_late_create(far: House) -> None:
    number = next(_numbers)
    far.fault(late_ms=LATE_MS, match="POST /api")
    made = far.accepted(item(number, 10))
    told = {"event_type": "item.deleted", "data": item(number, 10), "id": f"gone-{number}"}
    gone = far.http.post("/webhooks/products", json=told, headers=ZOHO).json()["event_id"]
    far.ended(gone, seconds=20)

    def last() -> bool:
        mine = [each for each in far.ledger() if each["key"] == f"F-{number}"]
        return [each["effect_key"] for each in mine] == [made, gone]

    stays(f"{gone} was last", LATE_MS / 1000 - CALL_TIMEOUT + 0.3, last)


@pytest.mark.parametrize("fault", DONE, ids=str)
def test_an_item_is_changed_once(far: House, fault: dict[str, str | int]) -> None:
    number = next(_numbers)
    far.ended(far.accepted(item(number, 10)))
    far.fault(**fault, match="/items(")
    one_effect(far, far.accepted(item(number, 11)), f"F-{number}", fault)


@pytest.mark.parametrize("fault", DONE, ids=str)
def test_a_line_date_is_changed_once(far: House, fault: dict[str, str | int]) -> None:
    number = next(_numbers)
    far.fault(**fault, match="purchaseOrderLines(")
    answer = far.line_date(f"fault-{number}", f"2026-12-{number:02}")
    assert answer.status_code == 200, answer.text
    one_effect(far, answer.headers["X-Event-Id"], "106001/10000", fault)
