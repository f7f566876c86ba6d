"""Purchase orders. Source of the fields: APIV2PurchaseOrders.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from erp.sandbox.dialogs import dialog, must_be_filled
from erp.sandbox.documents import Body
from erp.sandbox.errors import bad_request
from erp.sandbox.fields import BLANK_DATE, CURRENCY, Field, Kind
from erp.sandbox.headers import SHIP_TO, TOTALS, Header, address_fields, must_be_open, party_fields
from erp.sandbox.order_lines import PurchaseOrderLines

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record


class PurchaseOrders(Header):
    """`purchaseOrders`, with the number as natural key.

    The number must be given, which v18 does not allow: it stands in for the order that people
    made. `status` "Draft" is what the application calls Open, "Open" what it calls Released.
    """

    entity = "purchaseOrders"
    singular = "purchaseOrder"
    party = "vendor"
    first = 106101
    date_fields = ()
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, immutable=True, length=20),
        "orderDate": Field(Kind.DATE),
        "postingDate": Field(Kind.DATE),
        **party_fields("vendor"),
        "payToName": Field(Kind.TEXT, read_only=True),
        "payToVendorId": Field(Kind.GUID),
        "payToVendorNumber": Field(Kind.CODE, length=20),
        **SHIP_TO,
        **address_fields("buyFrom"),
        **address_fields("payTo", read_only=True),
        **address_fields("shipTo"),
        **CURRENCY,
        "pricesIncludeTax": Field(Kind.BOOLEAN, read_only=True),
        "paymentTermsId": Field(Kind.GUID),
        "shipmentMethodId": Field(Kind.GUID),
        "purchaser": Field(Kind.CODE, length=20),
        "requestedReceiptDate": Field(Kind.DATE),
        **TOTALS,
        "fullyReceived": Field(Kind.BOOLEAN, read_only=True),
    }
    lines = PurchaseOrderLines()

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        if not body["number"]:
            raise must_be_filled("No.")
        if body["orderDate"] == BLANK_DATE:
            raise dialog(
                "Order Date must have a value in Purchase Header.",
                "Bestelldatum muss einen Wert haben in Einkaufskopf.",
            )
        if asked.keys() & {"vendorId", "vendorNumber"}:
            self.take_party(books, body, asked)

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        if asked.keys() & {"vendorId", "vendorNumber", "currencyId", "currencyCode"}:
            must_be_open(before)
        if asked.keys() & {"vendorId", "vendorNumber"}:
            self.take_party(books, body, asked)

    def on_delete(self, books: Books, record: Record) -> None:
        raise bad_request("The sandbox deletes no purchase orders.")

    def must_take_lines(self, record: Record) -> None:
        """Every status takes changes of lines; which of them, their own rules say."""


PurchaseOrderLines.above = PurchaseOrders()
