"""The purchasing API over Business Central's adapter, all the way: HTTP, queue, ERP, ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.house import API, House, Process

pytestmark = pytest.mark.process

BASE = "/api/v1/purchasing"
DRAFT, RELEASED = "106001", "PO/106003"
CENTRAL = {
    "ERP_ADAPTER": "business_central",
    "ERP_COMPANY": "CRONUS",
    "ERP_USER": "TIDEGATE",
    "ERP_PASSWORD": "a-web-service-access-key",
}
CHANGES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "date": ("expectedReceiptDate", {"new_date": "2026-12-24"}, "2026-12-24"),
    "price": ("directUnitCost", {"new_price": 77.75}, 77.75),
    "quantity": ("quantity", {"new_quantity": 30}, 30),
}


class Far:
    """A house whose ERP is a process of its own; both may be killed and started again."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.erp: Process = house.sandbox_alone()
        house.up_alone(**CENTRAL)

    def post(self, path: str, key: str, body: dict[str, Any], wait: int = 30) -> httpx.Response:
        """One command."""
        headers = API | {"Idempotency-Key": key, "Prefer": f"wait={wait}"}
        asked = {"reason": "agreed with the vendor", **body}
        return self.house.http.post(BASE + path, json=asked, headers=headers)

    def get(self, path: str, **query: str) -> Any:
        """One read that must be answered."""
        found = self.house.http.get(BASE + path, params=query, headers=API)
        assert found.status_code == 200, found.text
        return found.json()

    def effects(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """The rows of the ERP's ledger that carry the command's effect key."""
        event = answer.headers["X-Event-Id"]
        return [each for each in self.house.ledger() if each["effect_key"] == event]


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    house = House(tmp_path_factory.mktemp("purchasing"))
    try:
        yield Far(house)
    finally:
        house.close()


@pytest.mark.parametrize("order", [DRAFT, RELEASED])
@pytest.mark.parametrize("what", CHANGES)
def test_a_line_is_changed_once_and_read_back(far: Far, what: str, order: str) -> None:
    field, body, value = CHANGES[what]
    path = f"/po/{order}/lines/20000"
    answer = far.post(f"{path}/{what}", f"{what}-{order}", body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["number"], told["lineNo"], told[field]) == (order, 20000, value)
    assert far.get(path)[field] == value
    assert len(far.effects(answer)) == 1


def test_a_released_order_stays_released(far: Far) -> None:
    answer = far.post("/po/106002/lines/10000/price", "released", {"new_price": 5})
    assert answer.status_code == 200, answer.text
    assert far.get("/po/106002")["status"] == "Open"


def test_a_receipt_is_posted_once_and_a_return_takes_of_it(far: Far) -> None:
    lines = [{"line_no": 10000, "quantity": 3}]
    slip = {"posting_date": "2026-11-20", "vendor_shipment_no": "LS-4711"}
    received = far.post("/receipts", "receipt-1", {"po": "106002", "lines": lines, **slip})
    assert received.status_code == 200, received.text
    assert received.json()["lines"][0]["receivedQuantity"] == 3
    assert far.get("/po/106002/lines/10000")["receivedQuantity"] == 3
    back = [{"line_no": 10000, "quantity": 2}]
    permit = {"vendor_authorization_no": "RMA-1"}
    returned = far.post("/returns", "return-1", {"po": "106002", "lines": back, **permit})
    assert returned.status_code == 200, returned.text
    assert returned.json()["lines"][0]["returnedQuantity"] == 2
    assert [len(far.effects(each)) for each in (received, returned)] == [1, 1]


def test_the_same_key_gets_the_stored_answer_and_no_second_effect(far: Far) -> None:
    body = {"po": RELEASED, "lines": [{"line_no": 10000, "quantity": 1}]}
    first, again = (far.post("/receipts", "receipt-2", body) for _ in range(2))
    assert first.status_code == 200, first.text
    assert (again.status_code, again.content) == (200, first.content)
    assert len(far.effects(first)) == 1
    assert far.get(f"/po/{RELEASED}/lines/10000")["receivedQuantity"] == 1


def test_more_than_is_outstanding_is_refused_in_the_erps_words(far: Far) -> None:
    body = {"po": DRAFT, "lines": [{"line_no": 10000, "quantity": 1000}]}
    refused = far.post("/receipts", "receipt-3", body)
    assert refused.status_code == 422
    assert "cannot receive more than" in refused.json()["detail"]
    assert far.effects(refused) == []


@pytest.mark.parametrize(
    ("path", "number"),
    [("/vendors", "V-200"), ("/items", "1896-S"), ("/po/106001/lines", "106001")],
)
def test_a_list_is_read_page_by_page(far: Far, path: str, number: str) -> None:
    pages = [far.get(path, limit="1")]
    while "next" in pages[-1]:
        following = httpx.URL(pages[-1]["next"])
        pages.append(far.get(path, **dict(following.params)))
    found = [each["number"] for page in pages for each in page["value"]]
    assert len(found) == len(pages) == 2
    assert number in found


@pytest.mark.parametrize(
    ("path", "number"), [("/vendors/V-200", "V-200"), ("/po/PO/106003", RELEASED)]
)
def test_one_record_is_read(far: Far, path: str, number: str) -> None:
    assert far.get(path)["number"] == number


def test_the_capabilities_tell_how_each_command_repeats(far: Far) -> None:
    told = far.get("/capabilities")["adapters"]["business_central"]
    repeats = {name: each["repeat"] for name, each in told["commands"].items()}
    assert repeats == {
        "purchaseOrderLines.date": "conditional",
        "purchaseOrderLines.price": "conditional",
        "purchaseOrderLines.quantity": "conditional",
        "purchaseReceipts.post": "key",
        "purchaseReturns.post": "key",
    }
    assert told["reads"]["quotes"]["can"] is False


def test_an_erp_that_is_down_is_202_and_applied_once_it_is_back(far: Far) -> None:
    far.erp.kill()
    body = {"po": "106002", "lines": [{"line_no": 20000, "quantity": 4}]}
    queued = far.post("/receipts", "receipt-4", body, wait=1)
    assert queued.status_code == 202, queued.text
    far.erp = far.house.sandbox_alone()
    far.house.ended(queued.json()["event_id"], seconds=40)
    answer = far.post("/receipts", "receipt-4", body)
    assert answer.json()["lines"][0]["receivedQuantity"] == 4
    assert len(far.effects(answer)) == 1
