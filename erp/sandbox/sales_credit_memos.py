"""Sales credit memos. Source of the fields: APIV2SalesCreditMemos.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.fields import CURRENCY, Field, Kind
from erp.sandbox.headers import TOTALS, address_fields, party_fields
from erp.sandbox.posting import Postable
from erp.sandbox.sales_credit_memo_lines import SalesCreditMemoLines


class SalesCreditMemos(Postable):
    """`salesCreditMemos`. v18 numbers them itself and keeps no other key of them unique."""

    entity = "salesCreditMemos"
    singular = "salesCreditMemo"
    party = "customer"
    first, posted_first = 1001, 104001
    prefix = posted_prefix = "S-CR"
    direction = 1
    date_fields = ("creditMemoDate", "postingDate", "dueDate")
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, read_only=True, length=20),
        "externalDocumentNumber": Field(Kind.CODE, length=35),
        "creditMemoDate": Field(Kind.DATE),
        "postingDate": Field(Kind.DATE),
        "dueDate": Field(Kind.DATE),
        **party_fields("customer"),
        "billToName": Field(Kind.TEXT, read_only=True),
        "billToCustomerId": Field(Kind.GUID),
        "billToCustomerNumber": Field(Kind.CODE, length=20),
        **address_fields("sellTo"),
        **address_fields("billTo", read_only=True),
        **CURRENCY,
        "paymentTermsId": Field(Kind.GUID),
        "shipmentMethodId": Field(Kind.GUID),
        "salesperson": Field(Kind.CODE, length=20),
        "pricesIncludeTax": Field(Kind.BOOLEAN, read_only=True),
        **TOTALS,
        "invoiceId": Field(Kind.GUID),
        "invoiceNumber": Field(Kind.CODE, length=20),
        "phoneNumber": Field(Kind.TEXT, length=30),
        "email": Field(Kind.TEXT, length=80),
    }
    lines = SalesCreditMemoLines()


SalesCreditMemoLines.above = SalesCreditMemos()
