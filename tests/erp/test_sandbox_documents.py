"""Customers, vendors, invoices and credit memos: keys, numbers, fields, lines in one request."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.erp.sandbox_bench import Bench, error_of, message_of
from tidegate.canon import Json, parse

INVOICES = [
    ("salesInvoices", "customerNumber", "C-100", "unitPrice"),
    ("salesCreditMemos", "customerNumber", "C-100", "unitPrice"),
    ("purchaseInvoices", "vendorNumber", "V-100", "unitCost"),
]
DIALOG = (400, "Application_DialogException")


@pytest.mark.parametrize("entity", ["customers", "vendors"])
def test_a_party_is_made_changed_and_found(bench: Bench, entity: str) -> None:
    made = bench.post(entity, {"number": "x-1", "displayName": "O'Brien"}, "one").json()
    bench.patch(f"{entity}({made['id']})", {"city": "Kiel"}, made["@odata.etag"], "two")
    found = bench.one(entity, "X-1")
    assert (found["displayName"], found["city"]) == ("O'Brien", "Kiel")
    assert [(row["entity"], row["key"]) for row in bench.ledger()] == [(entity, "X-1")] * 2


@pytest.mark.parametrize("entity", ["items", "customers", "vendors"])
def test_a_number_that_is_taken_is_refused(bench: Bench, entity: str) -> None:
    bench.post(entity, {"number": "X-1"})
    answer = bench.post(entity, {"number": "x-1"}, "two")
    assert error_of(answer) == (409, "Internal_EntityWithSameKeyExists")
    assert bench.count("two") == 0


@pytest.mark.parametrize(("entity", "number"), [("customers", "C00010"), ("vendors", "V00010")])
def test_a_party_without_a_number_is_given_one(bench: Bench, entity: str, number: str) -> None:
    assert bench.post(entity, {"displayName": "Adatum"}).json()["number"] == number


@pytest.mark.parametrize("entity", ["customers", "vendors"])
def test_an_option_that_is_none_is_refused(bench: Bench, entity: str) -> None:
    assert error_of(bench.post(entity, {"blocked": "Perhaps"})) == DIALOG


@pytest.mark.parametrize(("entity", "field", "party", "price"), INVOICES)
def test_a_document_with_lines_is_one_effect(
    bench: Bench, entity: str, field: str, party: str, price: str
) -> None:
    item: Json = {"lineObjectNumber": "1896-s", "quantity": 2, price: 10}
    lines: list[Json] = [item, {"lineType": "Comment"}]
    made = bench.post(entity, {field: party, f"{entity[:-1]}Lines": lines}, "one")
    rows = bench.find(f"{entity[:-1]}Lines", f"documentId eq {made.json()['id']}")
    assert [(row["sequence"], row["netAmount"]) for row in rows] == [(10000, 20), (20000, 0)]
    assert made.json()["totalAmountIncludingTax"] == 20
    assert bench.count("one") == 1


@pytest.mark.parametrize(("entity", "field", "party", "price"), INVOICES)
def test_a_document_with_a_line_that_cannot_be_is_not_made_at_all(
    bench: Bench, entity: str, field: str, party: str, price: str
) -> None:
    line: Json = {"lineObjectNumber": "NOTHING", "quantity": 2, price: 10}
    answer = bench.post(entity, {field: party, f"{entity[:-1]}Lines": [line]}, "one")
    assert error_of(answer) == (400, "Internal_InvalidTableRelation")
    assert bench.http.get(str(answer.request.url)).json()["value"] == []
    assert bench.count("one") == 0


@pytest.mark.parametrize(("entity", "field", "party", "price"), INVOICES)
def test_a_documents_number_cannot_be_given(
    bench: Bench, entity: str, field: str, party: str, price: str
) -> None:
    answer = bench.post(entity, {field: party, "number": "MINE"})
    assert error_of(answer) == (400, "BadRequest")


def test_a_second_invoice_with_the_same_external_number_is_another_invoice(bench: Bench) -> None:
    fields: dict[str, Json] = {"customerNumber": "C-100", "externalDocumentNumber": "INV-1"}
    one, two = (bench.post("salesInvoices", fields).json() for _ in range(2))
    assert (one["number"], two["number"]) == ("S-INV102001", "S-INV102002")


@pytest.mark.parametrize(("entity", "field", "party", "price"), INVOICES)
def test_a_document_without_its_party_is_refused(
    bench: Bench, entity: str, field: str, party: str, price: str
) -> None:
    answers = [bench.post(entity, {}), bench.post(entity, {field: "NOBODY"})]
    assert [error_of(answer) for answer in answers] == [DIALOG] * 2
    assert "cannot be found" in message_of(answers[1])


def test_a_party_can_be_named_by_its_id(bench: Bench) -> None:
    customer = bench.one("customers", "C-200")
    invoice = bench.post("salesInvoices", {"customerId": customer["id"]}).json()
    assert (invoice["customerNumber"], invoice["customerName"]) == ("C-200", "Müller's Trading")


def test_an_id_and_a_number_of_two_parties_are_refused(bench: Bench) -> None:
    fields = {"customerId": bench.one("customers", "C-200")["id"], "customerNumber": "C-100"}
    assert error_of(bench.post("salesInvoices", dict(fields))) == DIALOG


def test_a_line_is_added_changed_and_deleted_below_its_document(bench: Bench) -> None:
    invoice = bench.post("salesInvoices", {"customerNumber": "C-100"}).json()
    below = f"salesInvoices({invoice['id']})/salesInvoiceLines"
    line = bench.post(below, {"lineObjectNumber": "1900-S", "quantity": 1}).json()
    assert (line["unitPrice"], line["description"]) == (193, "PARIS Guest Chair")
    address = f"{below}({line['id']})"
    after = bench.patch(address, {"quantity": 3}, line["@odata.etag"]).json()
    assert after["netAmount"] == 579
    assert bench.delete(address, after["@odata.etag"], "one").status_code == 204
    assert bench.one("salesInvoices", invoice["number"])["totalAmountExcludingTax"] == 0
    assert (bench.count("one"), bench.ledger()[-1]["action"]) == (1, "delete")


def test_a_discount_in_percent_lowers_the_amount(bench: Bench) -> None:
    invoice = bench.post("salesInvoices", {"customerNumber": "C-100"}).json()
    fields: dict[str, Json] = {"quantity": 3, "unitPrice": 10, "discountPercent": 5}
    line = bench.post(f"salesInvoices({invoice['id']})/salesInvoiceLines", fields).json()
    assert (line["discountAmount"], line["netAmount"]) == (1.5, 28.5)


def test_a_deletion_follows_the_rules_of_the_etag(bench: Bench) -> None:
    item = bench.post("items", {"number": "HD-1"}).json()
    address = f"items({item['id']})"
    assert error_of(bench.delete(address, None)) == (400, "BadRequest_InvalidToken")
    assert error_of(bench.delete(address, 'W/"old"')) == (409, "Request_EntityChanged")
    assert bench.delete(address, item["@odata.etag"]).status_code == 204
    assert error_of(bench.delete(address, "*")) == (404, "Internal_RecordNotFound")


def test_a_text_that_is_too_long_is_refused(bench: Bench) -> None:
    answer = bench.post("items", {"number": "N" * 21})
    assert error_of(answer) == (400, "Application_StringExceededLength")
    assert message_of(answer).startswith("The length of the string is 21, but it must be less")
    assert bench.post("items", {"number": "N" * 20}).status_code == 201


@pytest.mark.parametrize(("given", "kept"), [("1.000005", "1.00001"), ("-2.5555549", "-2.55555")])
def test_a_decimal_is_kept_with_five_places(bench: Bench, given: str, kept: str) -> None:
    bench.post("items", {"number": "HD-1", "unitPrice": Decimal(given)})
    item = parse(bench.http.get("/sandbox/items/HD-1").content)
    assert isinstance(item, dict)
    assert item["unitPrice"] == Decimal(kept)


def test_a_date_that_is_not_given_is_blank(bench: Bench) -> None:
    invoice = bench.post("purchaseInvoices", {"vendorNumber": "V-100"}).json()
    line = bench.post(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines", {}).json()
    assert line["expectedReceiptDate"] == "0001-01-01"


def test_a_line_of_an_order_has_a_direct_unit_cost_and_one_of_an_invoice_a_unit_cost(
    bench: Bench,
) -> None:
    order = bench.one("purchaseOrders", "106001")
    invoice = bench.post("purchaseInvoices", {"vendorNumber": "V-100"}).json()
    wrong = [
        bench.post(f"purchaseOrders({order['id']})/purchaseOrderLines", {"unitCost": 1}),
        bench.post(
            f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines", {"directUnitCost": 1}
        ),
    ]
    assert [error_of(answer) for answer in wrong] == [(400, "BadRequest")] * 2
