"""`Microsoft.NAV.post`: drafts become posted documents, and stock moves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.erp.sandbox_bench import Bench, error_of, message_of
from tidegate.canon import Json

DIALOG = (400, "Application_DialogException")
LINE: Json = {"lineObjectNumber": "1896-S", "quantity": 2}


def draft(bench: Bench, entity: str, **fields: Json) -> dict[str, Any]:
    party = "vendor" if entity.startswith("purchase") else "customer"
    named: dict[str, Json] = {f"{party}Number": f"{party[0].upper()}-100"}
    made: dict[str, Any] = bench.post(entity, named | fields).raise_for_status().json()
    return made


@pytest.mark.parametrize(
    ("entity", "number", "stock", "fields"),
    [
        ("salesInvoices", "S-INV103001", -2, {}),
        ("salesCreditMemos", "S-CR104001", 2, {}),
        ("purchaseInvoices", "108201", 2, {"vendorInvoiceNumber": "R-1"}),
    ],
)
def test_a_posted_document_keeps_its_id_and_gets_another_number(
    bench: Bench, entity: str, number: str, stock: int, fields: dict[str, Json]
) -> None:
    made = draft(bench, entity, **{f"{entity[:-1]}Lines": [LINE]}, **fields)
    answer = bench.act(f"{entity}({made['id']})", "one")
    posted = bench.find(entity, f"id eq {made['id']}")[0]
    assert (answer.status_code, answer.content) == (204, b"")
    assert (posted["number"], posted["status"], made["status"]) == (number, "Open", "Draft")
    assert bench.http.get("/sandbox/items/1896-S").json()["inventory"] == stock
    assert bench.count("one") == 1


def test_a_document_is_posted_once(bench: Bench) -> None:
    made = draft(bench, "salesInvoices", salesInvoiceLines=[LINE])
    address = f"salesInvoices({made['id']})"
    bench.act(address)
    assert error_of(bench.act(address, "two")) == DIALOG
    assert bench.count("two") == 0


def test_a_posted_document_takes_no_change(bench: Bench) -> None:
    made = draft(bench, "salesInvoices", salesInvoiceLines=[LINE])
    address = f"salesInvoices({made['id']})"
    bench.act(address)
    line = bench.find("salesInvoiceLines", f"documentId eq {made['id']}")[0]
    refused = [
        bench.patch(address, {"email": "a@b.example"}, "*"),
        bench.patch(f"salesInvoiceLines({line['id']})", {"quantity": 3}, "*"),
        bench.post(f"{address}/salesInvoiceLines", {"quantity": 1}),
        bench.delete(address, "*"),
    ]
    assert [error_of(answer) for answer in refused] == [DIALOG] * 4


def test_a_document_without_quantities_is_not_posted(bench: Bench) -> None:
    made = draft(bench, "salesInvoices")
    assert message_of(bench.act(f"salesInvoices({made['id']})")).startswith("There is nothing")


def test_a_purchase_invoice_needs_the_vendors_number_to_be_posted(bench: Bench) -> None:
    made = draft(bench, "purchaseInvoices", purchaseInvoiceLines=[LINE])
    assert "Vendor Invoice No." in message_of(bench.act(f"purchaseInvoices({made['id']})"))


def test_the_vendors_number_is_posted_once_for_each_vendor(bench: Bench) -> None:
    def post(vendor: str) -> int:
        lines: dict[str, Json] = {"purchaseInvoiceLines": [LINE], "vendorInvoiceNumber": "R-1"}
        made = draft(bench, "purchaseInvoices", **lines, vendorNumber=vendor)
        return bench.act(f"purchaseInvoices({made['id']})").status_code

    assert [post("V-100"), post("V-100"), post("V-200")] == [204, 400, 204]


def test_a_posting_of_what_is_not_there_is_refused(bench: Bench) -> None:
    answer = bench.act("salesInvoices(6f1c2e0a-52d4-4a9e-9b0e-2d1f6c3a7b11)")
    assert error_of(answer) == (404, "Internal_RecordNotFound")
    assert error_of(bench.act(f"items({bench.one('items', '1896-S')['id']})"))[0] == 404
