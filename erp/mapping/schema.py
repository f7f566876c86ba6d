"""What each known command takes.

Source: shared facts on Business Central; for stock, prices, receipts and returns our own codeunit
`CommandInbox`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from erp.mapping.far_fields import (
    CREDIT_MEMO,
    CUSTOMER,
    DATE,
    DECIMAL,
    INTEGER,
    ITEM,
    PURCHASE_INVOICE,
    PURCHASE_LINE,
    SALES_INVOICE,
    SALES_LINE,
    VENDOR,
    FarField,
    Fields,
    code,
)


@dataclass(frozen=True, slots=True)
class FarCommand:
    """One command.

    Args:
        needs: of each group at least one field.
        lines: the name of its list of lines, their fields, and what each line needs.
    """

    fields: Fields = field(default_factory=dict)
    needs: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, Fields, tuple[tuple[str, ...], ...]] | None = None


_WHAT = (("itemId", "accountId", "lineObjectNumber"), ("quantity",))
_EACH = (("lineNumber",), ("quantity",))
_ITEM_NUMBER = code(20, "items")
_POSTED: Fields = {"lineNumber": INTEGER, "quantity": DECIMAL}


def _one(name: str, of: FarField) -> FarCommand:
    return FarCommand({name: of}, ((name,),))


COMMANDS: Mapping[str, FarCommand] = {
    "items.upsert": FarCommand(ITEM, (("number",),)),
    "items.delete": FarCommand(),
    "customers.upsert": FarCommand(CUSTOMER, (("number",),)),
    "customers.delete": FarCommand(),
    "vendors.upsert": FarCommand(VENDOR, (("number",),)),
    "vendors.delete": FarCommand(),
    "salesInvoices.create": FarCommand(
        SALES_INVOICE,
        (("customerId", "customerNumber"), ("externalDocumentNumber",)),
        ("lines", SALES_LINE, _WHAT),
    ),
    "salesCreditMemos.create": FarCommand(
        CREDIT_MEMO,
        (("customerId", "customerNumber"), ("externalDocumentNumber",)),
        ("lines", SALES_LINE, _WHAT),
    ),
    "purchaseInvoices.create": FarCommand(
        PURCHASE_INVOICE,
        (("vendorId", "vendorNumber"), ("vendorInvoiceNumber",)),
        ("lines", PURCHASE_LINE, _WHAT),
    ),
    "purchaseOrderLines.date": _one("expectedReceiptDate", DATE),
    "purchaseOrderLines.price": _one("directUnitCost", DECIMAL),
    "purchaseOrderLines.quantity": _one("quantity", DECIMAL),
    "purchaseReceipts.post": FarCommand(
        {"orderNumber": code(20), "postingDate": DATE, "vendorShipmentNumber": code(35)},
        (("orderNumber",),),
        ("lines", _POSTED, _EACH),
    ),
    "purchaseReturns.post": FarCommand(
        {
            "orderNumber": code(20),
            "postingDate": DATE,
            "reasonCode": code(10),
            "vendorAuthorizationNumber": code(35),
        },
        (("orderNumber",),),
        ("lines", _POSTED, _EACH),
    ),
    "stock.adjust": FarCommand(
        {"documentNumber": code(20), "postingDate": DATE, "reasonCode": code(10)},
        lines=(
            "lines",
            {"itemNumber": _ITEM_NUMBER, "quantity": DECIMAL},
            (("itemNumber",), ("quantity",)),
        ),
    ),
    "prices.set": FarCommand(
        {"priceList": code(20)},
        lines=(
            "prices",
            {"itemNumber": _ITEM_NUMBER, "unitPrice": DECIMAL},
            (("itemNumber",), ("unitPrice",)),
        ),
    ),
}
