"""Purchase invoices. Source of the fields: APIV2PurchaseInvoices.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from erp.sandbox.dialogs import already_there_for_vendor, must_be_filled
from erp.sandbox.fields import CURRENCY, Field, Kind
from erp.sandbox.headers import DRAFT, OF_ORDER, SHIP_TO, TOTALS, address_fields, party_fields
from erp.sandbox.posting import Postable
from erp.sandbox.purchase_invoice_lines import PurchaseInvoiceLines

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record


class PurchaseInvoices(Postable):
    """`purchaseInvoices`. v18 numbers them itself; posting refuses a vendor's number twice."""

    entity = "purchaseInvoices"
    singular = "purchaseInvoice"
    party = "vendor"
    first, posted_first = 107201, 108201
    direction = 1
    date_fields = ("invoiceDate", "postingDate", "dueDate")
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, read_only=True, length=20),
        "postingDate": Field(Kind.DATE),
        "invoiceDate": Field(Kind.DATE),
        "dueDate": Field(Kind.DATE),
        "vendorInvoiceNumber": Field(Kind.CODE, length=35),
        **party_fields("vendor"),
        "payToName": Field(Kind.TEXT, read_only=True),
        "payToContact": Field(Kind.TEXT, read_only=True),
        "payToVendorId": Field(Kind.GUID),
        "payToVendorNumber": Field(Kind.CODE, length=20),
        **SHIP_TO,
        **address_fields("buyFrom"),
        **address_fields("shipTo"),
        **address_fields("payTo", read_only=True),
        **CURRENCY,
        **OF_ORDER,
        "purchaser": Field(Kind.CODE, length=20),
        "pricesIncludeTax": Field(Kind.BOOLEAN, read_only=True),
        **TOTALS,
    }
    lines = PurchaseInvoiceLines()

    def may_post(self, books: Books, record: Record) -> None:
        """A vendor's invoice number must be there, once."""
        given = record.body["vendorInvoiceNumber"]
        if not given:
            raise must_be_filled("Vendor Invoice No.")
        for other in books.state.all(self.entity):
            same = [other.body[name] == record.body[name] for name in _ONCE]
            if other.body["status"] != DRAFT and all(same):
                raise already_there_for_vendor(str(given))


_ONCE = ("vendorNumber", "vendorInvoiceNumber")
PurchaseInvoiceLines.above = PurchaseInvoices()
