"""Posted returns: kept so that they can be counted; no API of v18 shows them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from erp.sandbox.fields import Field, Kind, number
from erp.sandbox.receipt_lines import PurchaseReceiptLines
from erp.sandbox.receipts import PurchaseReceipts

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record


class ReturnLines(PurchaseReceiptLines):
    """The lines of a posted return, each with the order's line that it came from."""

    entity = "purchaseReturnLines"
    singular = "purchaseReturnLine"
    fields: Mapping[str, Field] = {
        **PurchaseReceiptLines.fields,
        "orderLineId": Field(Kind.GUID),
    }


class Returns(PurchaseReceipts):
    """The head of a posted return."""

    entity = "purchaseReturns"
    singular = "purchaseReturn"
    first = 109001
    fields: Mapping[str, Field] = {
        **PurchaseReceipts.fields,
        "reasonCode": Field(Kind.CODE, length=10),
    }
    lines = ReturnLines()


RETURNS = Returns()
ReturnLines.above = RETURNS


def returned(books: Books, line: Record) -> int | Decimal:
    """What went back of an order's line so far."""
    return sum(
        (
            number(each.body["quantity"])
            for each in books.state.all(ReturnLines.entity)
            if each.body["orderLineId"] == line.id
        ),
        0,
    )
