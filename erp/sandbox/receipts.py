"""Posted purchase receipts. Source of the fields: APIV2PurchaseReceipts.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from erp.sandbox.documents import Body
from erp.sandbox.fields import Field, Kind
from erp.sandbox.headers import SHIP_TO, Header, address_fields
from erp.sandbox.receipt_lines import PurchaseReceiptLines

if TYPE_CHECKING:
    from erp.sandbox.state import Record


class PurchaseReceipts(Header):
    """`purchaseReceipts`: read-only; a posting makes them."""

    entity = "purchaseReceipts"
    singular = "purchaseReceipt"
    party = "vendor"
    first = 107001
    read_only = True
    totals = ()
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, length=20),
        "invoiceDate": Field(Kind.DATE),
        "postingDate": Field(Kind.DATE),
        "dueDate": Field(Kind.DATE),
        "vendorNumber": Field(Kind.CODE, length=20),
        "vendorName": Field(Kind.TEXT),
        "payToName": Field(Kind.TEXT),
        "payToContact": Field(Kind.TEXT),
        "payToVendorNumber": Field(Kind.CODE, length=20),
        **SHIP_TO,
        **address_fields("buyFrom"),
        **address_fields("payTo"),
        **address_fields("shipTo"),
        "currencyCode": Field(Kind.CODE, length=10),
        "orderNumber": Field(Kind.CODE, length=20),
    }
    lines = PurchaseReceiptLines()

    def of_order(self, order: Record) -> Body:
        """A blank receipt with what the order says."""
        return (
            self.blank()
            | {name: order.body[name] for name in self.fields if name in order.body}
            | {"orderNumber": order.body["number"]}
        )


PurchaseReceiptLines.above = PurchaseReceipts()
