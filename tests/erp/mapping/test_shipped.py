"""The shipped mappings: each of Zoho's entities and each command of the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.erp.mapping.bench import SHIPPED, mapped, refused, values
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.config import load_config

LINE = {"item_id": 1, "quantity": Decimal("2.5"), "rate": "10.50", "name": "ignored"}
INVOICE: dict[str, Any] = {
    "invoice_number": "inv-1",
    "customer_id": "7",
    "date": "2026-11-20",
    "due_date": "",
    "currency_code": "eur",
    "line_items": [LINE],
}


def test_every_entity_that_is_not_told_on_has_a_mapping() -> None:
    config = load_config(None)
    for name, entity in config.entities.items():
        source, _, short = name.rpartition(".")
        assert entity.forward or SHIPPED.plan(source, short), name


def test_a_product_becomes_an_item_under_its_sku() -> None:
    record: Json = {"item_id": 1, "sku": " hd-1", "name": "Disk", "rate": Decimal("120.5")}
    assert mapped("products", record) == Command(
        "items.upsert",
        "HD-1",
        {"number": "HD-1", "displayName": "Disk", "unitPrice": Decimal("120.5")},
        match="number",
    )


def test_a_product_without_sku_is_refused() -> None:
    assert refused("products", {"name": "Disk"}) == "/sku: nothing there, and it makes the key"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("customer", "customers"), ("vendor", "vendors"), (None, "customers")],
)
def test_a_contact_becomes_a_customer_or_a_vendor(kind: str | None, name: str) -> None:
    record: Json = {
        "contact_id": 460000000026049,
        "contact_name": "Müller",
        "contact_type": kind,
        "billing_address": {"city": "Köln", "zip": "50667"},
    }
    command = mapped("customers", record)
    assert isinstance(command, Command)
    assert (command.name, command.key) == (f"{name}.upsert", "460000000026049")
    assert command.values == {
        "number": "460000000026049",
        "displayName": "Müller",
        "city": "Köln",
        "postalCode": "50667",
    }


def test_an_invoice_names_the_far_records_of_its_customer_and_items() -> None:
    command = mapped("invoices", INVOICE)
    assert command == Command(
        "salesInvoices.create",
        "INV-1",
        {
            "externalDocumentNumber": "INV-1",
            "invoiceDate": "2026-11-20",
            "postingDate": "2026-11-20",
            "customerId": "guid-c7",
            "currencyCode": "EUR",
            "lines": [
                {
                    "lineType": "Item",
                    "itemId": "guid-i1",
                    "quantity": Decimal("2.5"),
                    "unitPrice": Decimal("10.50"),
                }
            ],
        },
        match="externalDocumentNumber",
    )


@pytest.mark.parametrize(
    ("discount", "field", "value"),
    [
        ("10.00%", "discountPercent", Decimal(10)),
        (" 5 %", "discountPercent", Decimal(5)),
        (Decimal("3.5"), "discountAmount", Decimal("3.5")),
        ("4", "discountAmount", Decimal(4)),
    ],
)
def test_a_discount_is_a_percentage_or_an_amount(discount: Json, field: str, value: Json) -> None:
    found: Any = values("invoices", {**INVOICE, "line_items": [{**LINE, "discount": discount}]})
    [line] = found["lines"]
    assert {name: line[name] for name in line if name.startswith("discount")} == {field: value}


@pytest.mark.parametrize("discount", [None, "", " ", 0])
def test_no_discount_is_none(discount: Json) -> None:
    found: Any = values("invoices", {**INVOICE, "line_items": [{**LINE, "discount": discount}]})
    assert not any(name.startswith("discount") for name in found["lines"][0])


@pytest.mark.parametrize(
    ("entity", "wrong", "word"),
    [
        ("invoices", {"status": "void"}, "void"),
        ("invoices", {"is_inclusive_tax": True}, "include tax"),
        ("bills", {"status": "void"}, "void"),
        ("credit-notes", {"status": "void"}, "void"),
        ("stock", {"adjustment_type": "value"}, "moves no stock"),
        ("prices", {"pricebook_type": "fixed_percentage"}, "percentage"),
        ("prices", {"sales_or_purchase_type": "purchases"}, "purchase prices"),
    ],
)
def test_what_would_be_written_wrongly_is_refused(
    entity: str, wrong: dict[str, Json], word: str
) -> None:
    assert word in refused(entity, {**INVOICE, **wrong})


def test_a_bill_becomes_a_purchase_invoice_at_unit_cost() -> None:
    record: Json = {
        "bill_number": "B/1",
        "vendor_id": "8",
        "date": "2026-11-20",
        "line_items": [{"item_id": "2", "quantity": 1, "rate": 9}],
    }
    command = mapped("bills", record)
    assert isinstance(command, Command)
    assert (command.name, command.key) == ("purchaseInvoices.create", "B/1")
    assert command.match == "vendorInvoiceNumber"
    assert command.values["vendorId"] == "guid-v8"
    assert command.values["lines"] == [
        {"lineType": "Item", "itemId": "guid-i2", "quantity": 1, "unitCost": 9}
    ]


def test_a_credit_note_becomes_a_credit_memo() -> None:
    record: Json = {**INVOICE, "creditnote_number": "CN-1"}
    command = mapped("credit-notes", record)
    assert isinstance(command, Command)
    assert (command.name, command.key) == ("salesCreditMemos.create", "CN-1")
    assert command.values["creditMemoDate"] == "2026-11-20"


def test_an_adjustment_names_items_by_number_and_may_take_out() -> None:
    record: Json = {
        "inventory_adjustment_id": "99",
        "date": "2026-11-20",
        "line_items": [{"item_id": "1", "quantity_adjusted": -3}],
    }
    command = mapped("stock", record)
    assert isinstance(command, Command)
    assert (command.name, command.match) == ("stock.adjust", None)
    assert command.values["lines"] == [{"itemNumber": "HD-1", "quantity": -3}]


def test_a_price_list_sets_prices() -> None:
    rows = [{"item_id": "1", "pricebook_rate": "7.25"}, {"item_id": "2", "pricebook_rate": 8}]
    record: Json = {"pricebook_id": 5, "pricebook_items": rows}  # type: ignore[dict-item]
    assert values("prices", record) == {
        "priceList": "5",
        "prices": [
            {"itemNumber": "HD-1", "unitPrice": Decimal("7.25")},
            {"itemNumber": "HD-2", "unitPrice": 8},
        ],
    }


@pytest.mark.parametrize(
    ("word", "new", "field"),
    [
        ("date", "2026-12-01", "expectedReceiptDate"),
        ("price", Decimal("1.00001"), "directUnitCost"),
        ("quantity", 12, "quantity"),
    ],
)
def test_a_line_command_changes_its_one_field(word: str, new: Json, field: str) -> None:
    record: Json = {"command": word, "po": "A/1", "line_no": 10000, f"new_{word}": new}
    command = mapped("purchase-order-lines", record, source="api")
    assert command == Command(f"purchaseOrderLines.{word}", "A/1/10000", {field: new})


def test_a_line_command_that_nobody_knows_is_refused() -> None:
    record: Json = {"command": "colour", "po": "A", "line_no": 1}
    assert "'colour' names no command" in refused("purchase-order-lines", record, source="api")


def test_receipts_and_returns_are_posted_line_by_line() -> None:
    rows = [{"line_no": 10000, "quantity": Decimal("1.5")}]
    record: Json = {
        "po": "106001",
        "posting_date": "2026-11-20",
        "vendor_shipment_no": "s-1",
        "vendor_authorization_no": "a-1",
        "lines": rows,  # type: ignore[dict-item]
    }
    lines = [{"lineNumber": 10000, "quantity": Decimal("1.5")}]
    head = {"orderNumber": "106001", "postingDate": "2026-11-20", "lines": lines}
    receipt, back = (values(each, record, source="api") for each in ("receipts", "returns"))
    assert receipt == {**head, "vendorShipmentNumber": "S-1"}
    assert back == {**head, "vendorAuthorizationNumber": "A-1"}


def test_a_document_without_lines_is_refused() -> None:
    assert refused("invoices", {**INVOICE, "line_items": []}) == "/line_items: no lines"


def test_a_line_without_item_is_refused_with_its_place() -> None:
    record = {**INVOICE, "line_items": [LINE, {"quantity": 1, "rate": 1}]}
    assert refused("invoices", record).startswith("/line_items/1/item_id: nothing there")
