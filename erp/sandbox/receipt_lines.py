"""Posted receipt lines. Source of the fields: APIV2PurchReceiptLines.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from erp.sandbox.fields import Field, Kind
from erp.sandbox.lines import Lines

if TYPE_CHECKING:
    from erp.sandbox.books import Books


class PurchaseReceiptLines(Lines):
    """`purchaseReceiptLines`: read-only; the price is `unitCost`."""

    entity = "purchaseReceiptLines"
    singular = "purchaseReceiptLine"
    read_only = True
    price_field = item_price = "unitCost"
    fields: Mapping[str, Field] = {
        "documentId": Field(Kind.GUID),
        "sequence": Field(Kind.INTEGER),
        "lineType": Field(Kind.TEXT),
        "lineObjectNumber": Field(Kind.CODE, length=20),
        "description": Field(Kind.TEXT),
        "unitOfMeasureCode": Field(Kind.CODE, length=10),
        "unitCost": Field(Kind.DECIMAL),
        "quantity": Field(Kind.DECIMAL),
        "discountPercent": Field(Kind.DECIMAL),
        "taxPercent": Field(Kind.DECIMAL),
        "expectedReceiptDate": Field(Kind.DATE),
    }

    def check_list(self, named: frozenset[str]) -> None:
        """Posted lines are a table of their own: a list of all of them is allowed."""

    def on_written(self, books: Books, parent: str) -> None:
        """A posted document shows no totals."""
