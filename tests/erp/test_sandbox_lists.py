"""Lists: filters, order, pages, picked fields, lines within their heads."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.erp.sandbox_bench import ROOT, Bench, error_of


@pytest.fixture
def stocked(bench: Bench) -> Bench:
    for n in range(5):
        bench.post("items", {"number": f"N-{n}", "unitPrice": n})
    return bench


def get(bench: Bench, entity: str, **options: str) -> httpx.Response:
    params = {f"${name}": value for name, value in options.items()}
    return bench.http.get(f"{ROOT}/{entity}", params=params)


def numbers(answer: httpx.Response) -> list[Any]:
    return [row["number"] for row in answer.raise_for_status().json()["value"]]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("unitPrice gt 2 and unitPrice lt 10", ["N-3", "N-4"]),
        ("unitPrice ge 2 and unitPrice le 3", ["N-2", "N-3"]),
        ("number eq 'N-1' and unitPrice ne 1", []),
        ("blocked eq false and number eq 'n-1'", ["N-1"]),
        ("number gt 'N-3'", ["N-4"]),
    ],
)
def test_terms_compare_by_type(stocked: Bench, condition: str, found: list[str]) -> None:
    assert numbers(get(stocked, "items", filter=condition)) == found


def test_what_changed_after_a_moment_is_found(stocked: Bench) -> None:
    seen = stocked.one("items", "N-2")["lastModifiedDateTime"]
    condition = f"lastModifiedDateTime gt {seen}"
    assert numbers(get(stocked, "items", filter=condition)) == ["N-3", "N-4"]


def test_orders_after_a_date_are_found(bench: Bench) -> None:
    bench.post("purchaseOrders", {"number": "PO/7", "orderDate": "2026-11-02"})
    assert numbers(get(bench, "purchaseOrders", filter="orderDate gt 2026-11-01")) == ["PO/7"]


@pytest.mark.parametrize(
    "condition",
    ["colour eq 'red'", "unitPrice eq '5'", "number eq 5", "blocked eq maybe", "unitPrice gt x"],
)
def test_a_term_of_the_wrong_name_or_type_is_refused(bench: Bench, condition: str) -> None:
    assert error_of(get(bench, "items", filter=condition)) == (400, "BadRequest")


def test_top_and_skip_cut_a_list(stocked: Bench) -> None:
    some = get(stocked, "items", filter="unitPrice lt 10", top="2", skip="1")
    assert numbers(some) == ["N-1", "N-2"]
    assert "@odata.nextLink" not in some.json()


def test_a_long_list_comes_in_pages(stocked: Bench) -> None:
    stocked.settings(page_size=2)
    answer = get(stocked, "items", filter="unitPrice lt 10", top="5")
    found = numbers(answer)
    while "@odata.nextLink" in answer.json():
        answer = stocked.http.get(answer.json()["@odata.nextLink"])
        found += numbers(answer)
    assert found == ["N-0", "N-1", "N-2", "N-3", "N-4"]


def test_a_client_may_ask_for_smaller_pages(stocked: Bench) -> None:
    answer = stocked.http.get(f"{ROOT}/items", headers={"Prefer": "odata.maxpagesize=3"})
    assert len(numbers(answer)) == 3
    assert "@odata.nextLink" in answer.json()


@pytest.mark.parametrize("place", [0, 1])
def test_a_record_that_goes_between_two_pages_shifts_nothing(stocked: Bench, place: int) -> None:
    stocked.settings(page_size=2)
    first = get(stocked, "items", filter="unitPrice lt 10").json()
    stocked.delete(f"items({first['value'][place]['id']})", "*")
    assert numbers(stocked.http.get(first["@odata.nextLink"])) == ["N-2", "N-3"]


def test_an_order_sorts_a_list(stocked: Bench) -> None:
    answer = get(stocked, "items", filter="unitPrice lt 10", orderby="unitPrice desc", top="2")
    assert numbers(answer) == ["N-4", "N-3"]


def test_picked_fields_come_alone_with_their_etag(stocked: Bench) -> None:
    row = get(stocked, "items", filter="number eq 'N-1'", select="number,unitPrice").json()
    assert sorted(row["value"][0]) == ["@odata.etag", "number", "unitPrice"]


def test_lines_come_with_their_head(bench: Bench) -> None:
    answer = get(bench, "purchaseOrders", filter="number eq '106002'", expand="purchaseOrderLines")
    lines = answer.json()["value"][0]["purchaseOrderLines"]
    assert [line["sequence"] for line in lines] == [10000, 20000]


@pytest.mark.parametrize(
    "options",
    [
        {"select": "colour"},
        {"expand": "salesInvoiceLines"},
        {"orderby": "colour"},
        {"orderby": "number up"},
        {"top": "many"},
        {"skip": "-1"},
        {"search": "x"},
    ],
)
def test_an_option_that_cannot_be_is_refused(bench: Bench, options: dict[str, str]) -> None:
    assert error_of(get(bench, "purchaseOrders", **options)) == (400, "BadRequest")


@pytest.mark.parametrize(
    "entity",
    ["purchaseOrderLines", "salesInvoiceLines", "salesCreditMemoLines", "purchaseInvoiceLines"],
)
def test_lines_need_their_document(bench: Bench, entity: str) -> None:
    assert error_of(get(bench, entity)) == (400, "Application_DialogException")
    assert error_of(get(bench, entity, filter="documentId gt 5"))[0] == 400


def test_a_line_is_found_by_its_id_alone(bench: Bench) -> None:
    line = bench.line()
    found = bench.find("purchaseOrderLines", f"id eq {line['id']}")
    assert [row["id"] for row in found] == [line["id"]]


def test_the_lines_of_an_order_are_found_below_it_and_by_its_id(bench: Bench) -> None:
    order = bench.one("purchaseOrders", "PO/106003")
    below = get(bench, f"purchaseOrders({order['id']})/purchaseOrderLines").json()["value"]
    assert below == bench.find("purchaseOrderLines", f"documentId eq {order['id']}")
