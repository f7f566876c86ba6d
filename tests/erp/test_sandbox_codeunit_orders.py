"""The codeunit on orders: receipts, returns, and changes of released lines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.erp.sandbox_bench import Bench, error_of, message_of, result_of
from tidegate.canon import Json

DIALOG = (400, "Application_DialogException")
RELEASED = "106002"


def lines(*moved: tuple[int, Json], number: str = RELEASED, **more: Json) -> dict[str, Json]:
    rows: list[Json] = [{"lineNumber": line, "quantity": quantity} for line, quantity in moved]
    return {"orderNumber": number, "lines": rows, **more}


def inventory(bench: Bench, number: str = "1896-S") -> Any:
    return bench.http.get(f"/sandbox/items/{number}").json()["inventory"]


def test_a_receipt_raises_what_came_in_and_the_stock(bench: Bench) -> None:
    result = result_of(bench.call("PostReceipt", "c-1", lines((10000, 2)), "one"))
    line = bench.line(number=RELEASED)
    assert (line["receivedQuantity"], line["receiveQuantity"]) == (2, 3)
    assert result["lines"][0]["outstandingQuantity"] == 3
    assert inventory(bench) == 2
    row = bench.ledger()[0]
    assert (row["entity"], row["key"], row["action"]) == (
        "purchaseReceipts",
        "106002",
        "PostReceipt",
    )
    assert bench.count("one") == 1


def test_a_receipt_is_found_by_its_orders_number(bench: Bench) -> None:
    given = lines((10000, 2), (20000, 5), number="po/106003", postingDate="2026-11-20")
    number = result_of(bench.call("PostReceipt", "c-1", given))["documentNumber"]
    receipt = bench.find("purchaseReceipts", "orderNumber eq 'PO/106003'")[0]
    rows = bench.find("purchaseReceiptLines", f"documentId eq {receipt['id']}")
    assert (receipt["number"], receipt["postingDate"]) == (number, "2026-11-20")
    assert [(row["lineObjectNumber"], row["quantity"]) for row in rows] == [
        ("1896-S", 2),
        ("1900-S", 5),
    ]


def test_more_than_is_outstanding_is_refused_and_nothing_is_posted(bench: Bench) -> None:
    answer = bench.call("PostReceipt", "c-1", lines((20000, 1), (10000, 6)), "one")
    assert message_of(answer).startswith("You cannot receive more than 5 units.")
    assert bench.find("purchaseReceipts", "orderNumber eq '106002'") == []
    assert (bench.count("one"), inventory(bench, "1900-S")) == (0, 0)


def test_a_line_that_is_named_twice_is_added_up(bench: Bench) -> None:
    assert error_of(bench.call("PostReceipt", "c-1", lines((10000, 3), (10000, 3)))) == DIALOG
    result = result_of(bench.call("PostReceipt", "c-2", lines((10000, 2), (10000, 3))))
    assert [row["receivedQuantity"] for row in result["lines"]] == [5]


def test_an_order_is_fully_received_with_its_last_line(bench: Bench) -> None:
    bench.call("PostReceipt", "c-1", lines((10000, 5)))
    assert not bench.one("purchaseOrders", RELEASED)["fullyReceived"]
    bench.call("PostReceipt", "c-2", lines((20000, 20)))
    assert bench.one("purchaseOrders", RELEASED)["fullyReceived"]


def test_posting_releases_a_draft_and_refuses_an_order_in_review(bench: Bench) -> None:
    bench.call("PostReceipt", "c-1", lines((10000, 1), number="106001"))
    assert bench.one("purchaseOrders", "106001")["status"] == "Open"
    answer = bench.call("PostReceipt", "c-2", lines((10000, 1), number="106004"))
    assert "Current value is 'Pending Approval'." in message_of(answer)


def test_a_return_takes_stock_out_and_leaves_what_was_received(bench: Bench) -> None:
    bench.call("PostReceipt", "c-1", lines((10000, 5)))
    result = result_of(bench.call("PostReturn", "c-2", lines((10000, 2), reasonCode="dent"), "two"))
    assert result["lines"][0] == {
        "lineNumber": 10000,
        "quantity": 2,
        "receivedQuantity": 5,
        "returnedQuantity": 2,
        "outstandingQuantity": 0,
    }
    posted = bench.http.get("/sandbox/returns").json()[0]
    assert (posted["number"], posted["reasonCode"]) == (result["documentNumber"], "DENT")
    assert [line["quantity"] for line in posted["lines"]] == [2]
    assert (inventory(bench), bench.count("two")) == (3, 1)


def test_no_more_goes_back_than_came_in_and_is_still_there(bench: Bench) -> None:
    bench.call("PostReceipt", "c-1", lines((10000, 3)))
    bench.call("PostReturn", "c-2", lines((10000, 2)))
    answer = bench.call("PostReturn", "c-3", lines((10000, 2)), "three")
    assert message_of(answer).startswith("You cannot return more than 1 units.")
    assert bench.count("three") == 0


@pytest.mark.parametrize("procedure", ["PostReceipt", "PostReturn"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        lines(),
        lines((10000, 1), number="NONE"),
        lines((30000, 1)),
        lines((10000, 0)),
        lines((10000, -1)),
        {"orderNumber": RELEASED, "lines": [{"lineNumber": 10000}]},
    ],
)
def test_a_posting_that_cannot_be_is_refused(
    bench: Bench, procedure: str, given: dict[str, Json]
) -> None:
    assert error_of(bench.call(procedure, "c-1", given)) == DIALOG


@pytest.mark.parametrize("quantity", ["2", True, None])
def test_a_quantity_that_is_no_number_is_refused(bench: Bench, quantity: Json) -> None:
    assert bench.call("PostReceipt", "c-1", lines((10000, quantity))).status_code == 400


def test_a_released_line_is_changed_and_stays_released(bench: Bench) -> None:
    given: dict[str, Json] = {
        "orderNumber": "PO/106003",
        "lineNumber": 20000,
        "directUnitCost": 149,
        "quantity": 25,
        "expectedReceiptDate": "2026-12-24",
    }
    result = result_of(bench.call("ChangeReleasedLine", "c-1", given, "one"))
    line = bench.line(20000, "PO/106003")
    names = ("quantity", "directUnitCost", "expectedReceiptDate")
    assert [line[name] for name in names] == [result[name] for name in names]
    assert (line["directUnitCost"], result["status"]) == (149, "Open")
    assert bench.one("purchaseOrders", "PO/106003")["status"] == "Open"
    row = bench.ledger()[0]
    assert (row["entity"], row["key"]) == ("purchaseOrderLines", "PO/106003/20000")


def test_a_draft_line_is_changed_and_stays_a_draft(bench: Bench) -> None:
    given: dict[str, Json] = {"orderNumber": "106001", "lineNumber": 10000, "quantity": 3}
    assert result_of(bench.call("ChangeReleasedLine", "c-1", given))["status"] == "Draft"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"lineNumber": 30000, "quantity": 1},
        {"orderNumber": "106004", "quantity": 1},
        {"expectedReceiptDate": "2026-10-01"},
    ],
)
def test_a_change_that_cannot_be_leaves_the_order_as_it_is(
    bench: Bench, more: dict[str, Json]
) -> None:
    before = bench.one("purchaseOrders", RELEASED)
    given: dict[str, Json] = {"orderNumber": RELEASED, "lineNumber": 10000, **more}
    assert error_of(bench.call("ChangeReleasedLine", "c-1", given, "one")) == DIALOG
    assert bench.one("purchaseOrders", RELEASED) == before
    assert bench.count("one") == 0
