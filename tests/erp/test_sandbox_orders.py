"""Purchase orders and their lines: what each status allows, and what a change brings with it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.erp.sandbox_bench import Bench, error_of, message_of
from tidegate.canon import Json, dumps

DIALOG = (400, "Application_DialogException")
RELEASED = "106002"


def change(bench: Bench, line: dict[str, Any], **fields: Json) -> httpx.Response:
    return bench.patch(f"purchaseOrderLines({line['id']})", fields, line["@odata.etag"], "one")


def test_the_four_orders_show_the_apis_status(bench: Bench) -> None:
    states = {
        n: bench.one("purchaseOrders", n)["status"] for n in ("106001", "PO/106003", "106004")
    }
    assert states == {"106001": "Draft", "PO/106003": "Open", "106004": "In Review"}


@pytest.mark.parametrize(
    "fields", [{"quantity": 6}, {"directUnitCost": 5}, {"quantity": 5}, {"discountPercent": 1}]
)
def test_a_released_order_refuses_quantity_and_cost(bench: Bench, fields: dict[str, int]) -> None:
    answer = change(bench, bench.line(number=RELEASED), **fields)
    assert error_of(answer) == DIALOG
    assert message_of(answer).startswith(
        "Status must be equal to 'Open'  in Purchase Header: Document Type=Order, No.=106002. "
        "Current value is 'Released'."
    )
    assert bench.count("one") == 0


def test_an_order_in_review_refuses_them_too(bench: Bench) -> None:
    answer = change(bench, bench.line(number="106004"), quantity=6)
    assert "Current value is 'Pending Approval'." in message_of(answer)


@pytest.mark.parametrize(
    "fields", [{"expectedReceiptDate": "2026-12-24"}, {"receiveQuantity": 2}], ids=str
)
def test_a_released_order_takes_date_and_quantity_to_receive(
    bench: Bench, fields: dict[str, Json]
) -> None:
    assert change(bench, bench.line(number=RELEASED), **fields).status_code == 200
    assert fields.items() <= bench.line(number=RELEASED).items()


def test_a_draft_order_takes_quantity_and_cost(bench: Bench) -> None:
    line = change(bench, bench.line(), quantity=12).json()
    assert change(bench, line, directUnitCost=75).json()["netAmount"] == 900
    assert bench.one("purchaseOrders", "106001")["totalAmountExcludingTax"] == 1379.6


def test_a_quantity_resets_what_is_to_receive(bench: Bench) -> None:
    line = change(bench, bench.line(), receiveQuantity=3).json()
    assert change(bench, line, quantity=8).json()["receiveQuantity"] == 8


def test_more_to_receive_than_is_outstanding_is_refused(bench: Bench) -> None:
    answer = change(bench, bench.line(), receiveQuantity=11)
    assert error_of(answer) == DIALOG
    assert message_of(answer).startswith("You cannot receive more than 10 units.")


def test_a_quantity_brings_the_items_cost_with_it(bench: Bench) -> None:
    bench.post("items", {"number": "HD-1", "unitCost": 70})
    assert change(bench, bench.line(), quantity=8).json()["directUnitCost"] == 70


def test_fields_are_replayed_in_the_order_in_which_they_came(bench: Bench) -> None:
    bench.post("items", {"number": "HD-1", "unitCost": 70})
    address = f"purchaseOrderLines({bench.line()['id']})"
    costs = [
        bench.http.patch(f"{bench.root}/{address}", content=body, headers={"If-Match": "*"}).json()[
            "directUnitCost"
        ]
        for body in ('{"directUnitCost": 5, "quantity": 3}', '{"quantity": 3, "directUnitCost": 5}')
    ]
    assert costs == [70, 5]


def test_a_quantity_below_what_came_in_is_refused(bench: Bench) -> None:
    given: dict[str, Json] = {
        "orderNumber": "106001",
        "lines": [{"lineNumber": 10000, "quantity": 4}],
    }
    bench.call("PostReceipt", "c-1", given)
    given = {"orderNumber": "106001", "lineNumber": 10000, "quantity": 3}
    answer = bench.call("ChangeReleasedLine", "c-2", given)
    assert error_of(answer) == DIALOG
    assert message_of(answer).startswith("Quantity must not be less than Quantity Received")


@pytest.mark.parametrize("field", ["receivedQuantity", "status", "sequence", "lineObjectNumber"])
def test_a_field_that_is_not_the_clients_is_refused(bench: Bench, field: str) -> None:
    line = bench.line()
    assert error_of(change(bench, line, **{field: line.get(field, "Open")})) == (400, "BadRequest")


def test_a_line_is_added_to_and_deleted_from_a_draft_order_alone(bench: Bench) -> None:
    draft, released = (bench.one("purchaseOrders", n)["id"] for n in ("106001", RELEASED))
    answer = bench.post(f"purchaseOrders({released})/purchaseOrderLines", {"quantity": 1})
    assert error_of(answer) == DIALOG
    line = bench.post(f"purchaseOrders({draft})/purchaseOrderLines", {"quantity": 1}).json()
    address = f"purchaseOrderLines({line['id']})"
    assert bench.delete(address, line["@odata.etag"]).status_code == 204
    address = f"purchaseOrderLines({bench.line(number=RELEASED)['id']})"
    assert error_of(bench.delete(address, "*")) == DIALOG


def test_a_released_order_keeps_its_vendor(bench: Bench) -> None:
    order = bench.one("purchaseOrders", RELEASED)
    address = f"purchaseOrders({order['id']})"
    assert error_of(bench.patch(address, {"vendorNumber": "V-200"}, "*")) == DIALOG
    assert bench.patch(address, {"purchaser": "RL"}, "*").json()["purchaser"] == "RL"


def test_each_edit_of_a_line_gives_head_and_line_another_etag(bench: Bench) -> None:
    def etags() -> tuple[str, str]:
        head = bench.one("purchaseOrders", RELEASED)["@odata.etag"]
        return head, bench.line(number=RELEASED)["@odata.etag"]

    before = etags()
    change(bench, bench.line(number=RELEASED), receiveQuantity=1)
    assert all(old != new for old, new in zip(before, etags(), strict=True))


@pytest.mark.parametrize("entity", ["purchaseReceipts", "purchaseReceiptLines"])
def test_receipts_can_only_be_read(bench: Bench, entity: str) -> None:
    refused = [bench.post(entity, {}), bench.patch(f"{entity}({bench.line()['id']})", {}, "*")]
    assert [error_of(answer) for answer in refused] == [(405, "BadRequest_MethodNotAllowed")] * 2
    assert bench.http.get(f"{bench.root}/{entity}").json()["value"] == []


def test_people_release_and_reopen_an_order(bench: Bench) -> None:
    for status, answer in (("Open", 400), ("Draft", 200)):
        body = dumps({"status": status})
        bench.http.patch("/sandbox/orders/106001", content=body).raise_for_status()
        assert change(bench, bench.line(), quantity=12).status_code == answer
    assert bench.http.patch("/sandbox/orders/106001", content=b"{}").status_code == 422


def test_an_order_has_no_action_in_v18(bench: Bench) -> None:
    order = bench.one("purchaseOrders", RELEASED)
    assert error_of(bench.act(f"purchaseOrders({order['id']})"))[0] == 404
