"""Sales invoices. Source of the fields: APIV2SalesInvoices.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.fields import CURRENCY, Field, Kind
from erp.sandbox.headers import OF_ORDER, SHIP_TO, TOTALS, address_fields, party_fields
from erp.sandbox.posting import Postable
from erp.sandbox.sales_invoice_lines import SalesInvoiceLines


class SalesInvoices(Postable):
    """`salesInvoices`. v18 numbers them itself and keeps no other key of them unique."""

    entity = "salesInvoices"
    singular = "salesInvoice"
    party = "customer"
    first, posted_first = 102001, 103001
    prefix = posted_prefix = "S-INV"
    direction = -1
    date_fields = ("invoiceDate", "postingDate", "dueDate")
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, read_only=True, length=20),
        "externalDocumentNumber": Field(Kind.CODE, length=35),
        "invoiceDate": Field(Kind.DATE),
        "postingDate": Field(Kind.DATE),
        "dueDate": Field(Kind.DATE),
        "customerPurchaseOrderReference": Field(Kind.TEXT, length=35),
        **party_fields("customer"),
        "billToName": Field(Kind.TEXT, read_only=True),
        "billToCustomerId": Field(Kind.GUID),
        "billToCustomerNumber": Field(Kind.CODE, length=20),
        **SHIP_TO,
        **address_fields("sellTo"),
        **address_fields("billTo", read_only=True),
        **address_fields("shipTo"),
        **CURRENCY,
        **OF_ORDER,
        "paymentTermsId": Field(Kind.GUID),
        "shipmentMethodId": Field(Kind.GUID),
        "salesperson": Field(Kind.CODE, length=20),
        "pricesIncludeTax": Field(Kind.BOOLEAN, read_only=True),
        "remainingAmount": Field(Kind.DECIMAL, read_only=True),
        **TOTALS,
        "phoneNumber": Field(Kind.TEXT, length=30),
        "email": Field(Kind.TEXT, length=80),
    }
    totals = ("totalAmountExcludingTax", "totalAmountIncludingTax", "remainingAmount")
    lines = SalesInvoiceLines()


SalesInvoiceLines.above = SalesInvoices()
