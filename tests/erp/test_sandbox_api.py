"""The sandbox's API v2.0: addresses, ETags, natural keys, rules."""

from __future__ import annotations

import re
from decimal import Decimal

import httpx
import pytest

from erp.sandbox.api import COMPANY_ID
from tests.erp.sandbox_bench import ROOT, Bench
from tidegate.canon import parse


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_first_company_is_cronus(bench: Bench) -> None:
    companies = bench.http.get("/api/v2.0/companies").json()["value"]
    assert (companies[0]["name"], companies[0]["id"]) == ("CRONUS", COMPANY_ID)


def test_it_is_born_with_an_order_of_two_lines_outside_its_ledger(bench: Bench) -> None:
    order = bench.find("purchaseOrders", "number eq '106001'")[0]
    lines = bench.http.get(f"{ROOT}/purchaseOrders({order['id']})/purchaseOrderLines").json()
    assert order["orderDate"] == "2026-11-01"
    assert [line["sequence"] for line in lines["value"]] == [10000, 20000]
    assert bench.ledger() == []


def test_a_created_item_is_found_by_number_and_by_id(bench: Bench) -> None:
    made = bench.post("items", {"number": "HD-1", "displayName": "Hard Drive"})
    found = bench.find("items", "number eq 'HD-1'")[0]
    by_id = bench.http.get(f"{ROOT}/items({found['id']})").json()
    assert made.status_code == 201
    assert made.headers["ETag"] == found["@odata.etag"] == by_id["@odata.etag"]
    assert by_id["displayName"] == "Hard Drive"


def test_codes_are_stored_upper_cased(bench: Bench) -> None:
    bench.post("items", {"number": " hd-1 ", "itemCategoryCode": "disks"})
    item = bench.http.get("/sandbox/items/HD-1").json()
    assert (item["number"], item["itemCategoryCode"]) == ("HD-1", "DISKS")


def test_money_keeps_every_digit(bench: Bench) -> None:
    price = Decimal("12345678901234567.12345")
    bench.post("items", {"number": "HD-1", "unitPrice": price})
    item = parse(bench.http.get("/sandbox/items/HD-1").content)
    assert isinstance(item, dict)
    assert item["unitPrice"] == price


@pytest.mark.parametrize("number", ["O'BRIEN", "A/B 1", "Ü&=+%25"])
def test_a_number_with_odd_characters_is_found(bench: Bench, number: str) -> None:
    bench.post("items", {"number": number})
    quoted = number.replace("'", "''")
    assert [row["number"] for row in bench.find("items", f"number eq '{quoted}'")] == [number]


def test_terms_of_a_filter_are_joined_by_and(bench: Bench) -> None:
    assert bench.find("purchaseOrders", "number eq '106001' and status eq 'Draft'")
    assert not bench.find("purchaseOrders", "number eq '106001' and status eq 'Open'")


@pytest.mark.parametrize(
    "text", ["number", "number like 'A'", "number eq 'A' or", "number eq 'A' x"]
)
def test_a_filter_that_cannot_be_read_is_refused(bench: Bench, text: str) -> None:
    answer = bench.http.get(f"{ROOT}/items", params={"$filter": text})
    assert error_of(answer) == (400, "BadRequest")


def test_lines_without_an_order_or_an_id_are_refused(bench: Bench) -> None:
    answer = bench.http.get(f"{ROOT}/purchaseOrderLines")
    assert answer.status_code == 400
    text = "You must specify an Id or a Document Id to get the lines."
    assert answer.json()["error"]["message"].startswith(text)


def test_a_change_with_the_etag_read_takes_effect(bench: Bench) -> None:
    item = bench.post("items", {"number": "HD-1"}).json()
    answer = bench.patch(f"items({item['id']})", {"unitPrice": 5}, item["@odata.etag"])
    assert (answer.status_code, answer.json()["unitPrice"]) == (200, 5)
    assert answer.json()["@odata.etag"] != item["@odata.etag"]


def test_a_change_without_if_match_is_refused(bench: Bench) -> None:
    line = bench.line()
    answer = bench.patch(f"purchaseOrderLines({line['id']})", {"quantity": 1}, None)
    assert error_of(answer) == (400, "BadRequest_InvalidToken")


def test_a_change_with_a_stale_etag_is_refused(bench: Bench) -> None:
    line = bench.line()
    address = f"purchaseOrderLines({line['id']})"
    bench.patch(address, {"quantity": 1}, line["@odata.etag"])
    answer = bench.patch(address, {"quantity": 2}, line["@odata.etag"])
    assert error_of(answer) == (409, "Request_EntityChanged")
    assert bench.line()["quantity"] == 1


def test_a_change_under_a_star_is_accepted(bench: Bench) -> None:
    line = bench.line()
    assert bench.patch(f"purchaseOrderLines({line['id']})", {"quantity": 1}, "*").status_code == 200


def test_a_lines_change_gives_its_order_another_etag(bench: Bench) -> None:
    before = bench.find("purchaseOrders", "number eq '106001'")[0]
    line = bench.line()
    bench.patch(f"purchaseOrderLines({line['id']})", {"quantity": 1}, line["@odata.etag"])
    after = bench.find("purchaseOrders", "number eq '106001'")[0]
    assert before["@odata.etag"] != after["@odata.etag"]


def test_a_second_item_with_the_same_number_is_refused(bench: Bench) -> None:
    bench.post("items", {"number": "HD-1"}, "one")
    answer = bench.post("items", {"number": "hd-1"}, "two")
    assert error_of(answer) == (409, "Internal_EntityWithSameKeyExists")
    assert bench.count("two") == 0


def test_a_date_before_the_order_date_is_refused(bench: Bench) -> None:
    line = bench.line()
    fields = {"expectedReceiptDate": "2026-10-31"}
    answer = bench.patch(f"purchaseOrderLines({line['id']})", dict(fields), line["@odata.etag"])
    assert error_of(answer) == (400, "Application_DialogException")
    assert "2026-11-01" in answer.json()["error"]["message"]
    assert bench.line()["expectedReceiptDate"] == "0001-01-01"


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"id": "6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b11"},
        {"inventory": 3},
        {"unitPrice": "5"},
        {"blocked": 1},
        {"type": "Widget"},
    ],
)
def test_fields_that_cannot_be_are_refused(bench: Bench, fields: dict[str, int | str]) -> None:
    answer = bench.post("items", {"number": "HD-1", **fields}, "one")
    assert answer.status_code == 400
    assert bench.ledger() == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"number": NaN}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(bench: Bench, raw: bytes) -> None:
    assert error_of(bench.http.post(f"{ROOT}/items", content=raw)) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", f"{ROOT}/nothing", 404),
        ("GET", f"{ROOT}/items(6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b11)", 404),
        ("GET", "/api/v2.0/companies(6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b11)/items", 404),
        ("GET", f"{ROOT}/items)(", 404),
        ("GET", f"{ROOT}/items/what", 404),
        ("PATCH", f"{ROOT}/items", 405),
        ("POST", "/api/v2.0/companies", 405),
        ("GET", f"{ROOT}/items?$count=true", 400),
    ],
)
def test_what_is_not_there_is_refused_in_its_own_words(
    bench: Bench, method: str, address: str, status: int
) -> None:
    answer = bench.http.request(method, address, content=b"{}" if method != "GET" else None)
    assert error_of(answer)[0] == status
    pattern = r"CorrelationId:  [0-9a-f-]{36}\.$"
    assert re.search(pattern, answer.json()["error"]["message"])


def test_an_order_and_a_line_can_be_added(bench: Bench) -> None:
    order = bench.post("purchaseOrders", {"number": "PO/7", "orderDate": "2026-11-02"}).json()
    line = bench.post(f"purchaseOrders({order['id']})/purchaseOrderLines", {"quantity": 2}, "one")
    assert (line.status_code, line.json()["sequence"]) == (201, 10000)
    assert bench.ledger()[-1]["key"] == "PO/7/10000"
