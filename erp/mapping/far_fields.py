"""The far side's fields: types and lengths of what v18 lets us write.

Source: shared facts on Business Central; the pages of ALAppExtensions at 18.3. A test holds this
against the sandbox's tables.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

DECIMALS = 5
"""Of quantities and unit amounts; what is finer v18 would round by itself."""


class Kind(enum.Enum):
    """A far field's type; all but `ID` are those of a mapping's `type`."""

    TEXT = "text"
    CODE = "code"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    ID = "id"

    # An enum's own hash is a function of Python's, asked for every value that is read.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class FarField:
    """One field.

    Args:
        length: the most characters of a text or code.
        refers: the kind of record that an id or number must be of.
    """

    kind: Kind
    length: int | None = None
    refers: str | None = None


Fields = Mapping[str, FarField]


DECIMAL, INTEGER = FarField(Kind.DECIMAL), FarField(Kind.INTEGER)
BOOLEAN, DATE = FarField(Kind.BOOLEAN), FarField(Kind.DATE)


def _text(length: int) -> FarField:
    return FarField(Kind.TEXT, length)


def code(length: int, refers: str | None = None) -> FarField:
    """A code: upper-cased when stored."""
    return FarField(Kind.CODE, length, refers)


def _id(refers: str | None = None) -> FarField:
    return FarField(Kind.ID, None, refers)


def _party(name: str, kind: str) -> Fields:
    return {f"{name}Id": _id(kind), f"{name}Number": code(20, kind)}


def _address(prefix: str) -> Fields:
    return {
        f"{prefix}AddressLine1": _text(100),
        f"{prefix}AddressLine2": _text(50),
        f"{prefix}City": _text(30),
        f"{prefix}State": _text(30),
        f"{prefix}Country": code(10),
        f"{prefix}PostCode": code(20),
    }


ITEM: Fields = {
    "number": code(20),
    "displayName": _text(100),
    "type": _text(100),
    "itemCategoryId": _id(),
    "itemCategoryCode": code(20),
    "blocked": BOOLEAN,
    "gtin": _text(14),
    "unitPrice": DECIMAL,
    "priceIncludesTax": BOOLEAN,
    "unitCost": DECIMAL,
    "taxGroupId": _id(),
    "taxGroupCode": code(20),
    "baseUnitOfMeasureId": _id(),
    "baseUnitOfMeasureCode": code(10),
}
_PARTY: Fields = {
    "number": code(20),
    "displayName": _text(100),
    "addressLine1": _text(100),
    "addressLine2": _text(50),
    "city": _text(30),
    "state": _text(30),
    "country": code(10),
    "postalCode": code(20),
    "phoneNumber": _text(30),
    "email": _text(80),
    "website": _text(80),
    "taxRegistrationNumber": _text(20),
    "currencyId": _id(),
    "currencyCode": code(10),
    "paymentTermsId": _id(),
    "paymentMethodId": _id(),
    "taxLiable": BOOLEAN,
    "blocked": _text(100),
}
CUSTOMER: Fields = {
    **_PARTY,
    "type": _text(100),
    "salespersonCode": code(20),
    "taxAreaId": _id(),
    "shipmentMethodId": _id(),
}
VENDOR: Fields = {**_PARTY, "irs1099Code": code(10)}
_DOCUMENT: Fields = {
    "postingDate": DATE,
    "dueDate": DATE,
    "currencyId": _id(),
    "currencyCode": code(10),
    "discountAmount": DECIMAL,
}
_SALES: Fields = {
    **_DOCUMENT,
    "externalDocumentNumber": code(35),
    **_party("customer", "customers"),
    **_party("billToCustomer", "customers"),
    **_address("sellTo"),
    "paymentTermsId": _id(),
    "shipmentMethodId": _id(),
    "salesperson": code(20),
    "phoneNumber": _text(30),
    "email": _text(80),
}
SALES_INVOICE: Fields = {
    **_SALES,
    "invoiceDate": DATE,
    "customerPurchaseOrderReference": _text(35),
    "shipToName": _text(100),
    "shipToContact": _text(100),
    **_address("shipTo"),
}
CREDIT_MEMO: Fields = {
    **_SALES,
    "creditMemoDate": DATE,
    "invoiceId": _id(),
    "invoiceNumber": code(20),
}
PURCHASE_INVOICE: Fields = {
    **_DOCUMENT,
    "invoiceDate": DATE,
    "vendorInvoiceNumber": code(35),
    **_party("vendor", "vendors"),
    **_party("payToVendor", "vendors"),
    "shipToName": _text(100),
    "shipToContact": _text(100),
    **_address("buyFrom"),
    **_address("shipTo"),
    "purchaser": code(20),
}
_LINE: Fields = {
    "itemId": _id("items"),
    "accountId": _id(),
    "lineType": _text(100),
    "lineObjectNumber": code(20),
    "description": _text(100),
    "unitOfMeasureId": _id(),
    "unitOfMeasureCode": code(10),
    "quantity": DECIMAL,
    "discountAmount": DECIMAL,
    "discountPercent": DECIMAL,
    "taxCode": code(20),
    "itemVariantId": _id(),
    "locationId": _id(),
}
SALES_LINE: Fields = {**_LINE, "unitPrice": DECIMAL, "shipmentDate": DATE}
PURCHASE_LINE: Fields = {**_LINE, "unitCost": DECIMAL, "expectedReceiptDate": DATE}
