"""Purchase order lines. Source of the fields: APIV2PurchaseOrderLines.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from erp.sandbox.dialogs import below_received, date_before_order, dialog, more_than
from erp.sandbox.documents import Body
from erp.sandbox.fields import BLANK_DATE, Field, Kind, number
from erp.sandbox.headers import must_be_open
from erp.sandbox.lines import AMOUNTS, OWN, PLACE, Lines, price

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record

# The fields whose validation ends in TestStatusOpen.
FIRM = frozenset(
    {
        "itemId",
        "accountId",
        "lineType",
        "unitOfMeasureId",
        "unitOfMeasureCode",
        "quantity",
        "directUnitCost",
        "discountAmount",
        "discountPercent",
        "taxCode",
        "itemVariantId",
        "locationId",
    }
)


class PurchaseOrderLines(Lines):
    """`purchaseOrderLines`; the natural key is the order's number, a slash and the sequence.

    `receivedQuantity` is writable in v18, at its peril; here it is refused.
    """

    entity = "purchaseOrderLines"
    singular = "purchaseOrderLine"
    price_field, item_price = "directUnitCost", "unitCost"
    fields: Mapping[str, Field] = {
        **OWN,
        "directUnitCost": Field(Kind.DECIMAL),
        **AMOUNTS,
        "expectedReceiptDate": Field(Kind.DATE),
        "receivedQuantity": Field(Kind.DECIMAL, read_only=True),
        "invoicedQuantity": Field(Kind.DECIMAL, read_only=True),
        "invoiceQuantity": Field(Kind.DECIMAL),
        "receiveQuantity": Field(Kind.DECIMAL),
        **PLACE,
    }

    def put(self, books: Books, body: Body, asked: Body) -> None:
        """Replay the fields in the order in which they came, as the page does.

        A quantity brings the item's price with it, so a cost that came before it is lost.
        """
        for name, value in asked.items():
            body[name] = value
            if name == "quantity":
                self._new_quantity(books, body)

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        must_be_open(self.parent(books, body))
        super().on_create(books, body, asked)
        self._judge(books, body, asked)

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        if asked.keys() & FIRM:
            must_be_open(self.parent(books, body))
        if number(body["quantity"]) < number(body["receivedQuantity"]):
            raise below_received(before.key)
        self._judge(books, body, asked)
        price(body, self.price_field)

    def on_delete(self, books: Books, record: Record) -> None:
        must_be_open(self.parent(books, record.body))
        if number(record.body["receivedQuantity"]):
            raise dialog(
                "You cannot delete a line of which something was received.",
                "Sie können keine Zeile löschen, auf die bereits geliefert wurde.",
            )

    def take_item(self, books: Books, body: Body, asked: Body) -> None:
        """As for every line, but an item that nobody made may be named: people did so before."""
        known = books.state.by_key("items", str(body["lineObjectNumber"]))
        if known is not None or not body["lineObjectNumber"]:
            super().take_item(books, body, asked)

    def _new_quantity(self, books: Books, body: Body) -> None:
        body["receiveQuantity"] = outstanding(body)
        body["invoiceQuantity"] = number(body["quantity"]) - number(body["invoicedQuantity"])
        item = books.state.by_key("items", str(body["lineObjectNumber"]))
        if item is not None and item.body["unitCost"]:
            body["directUnitCost"] = item.body["unitCost"]

    def _judge(self, books: Books, body: Body, asked: Body) -> None:
        left = outstanding(body)
        if "receiveQuantity" in asked and number(body["receiveQuantity"]) > left:
            raise more_than("receive", "liefern", left)
        if "expectedReceiptDate" in asked:
            _judge_date(self.parent(books, body), body)


def outstanding(body: Body) -> int | Decimal:
    """The quantity that has not come in yet."""
    return number(body["quantity"]) - number(body["receivedQuantity"])


def _judge_date(order: Record, body: Body) -> None:
    wanted, ordered = str(body["expectedReceiptDate"]), str(order.body["orderDate"])
    if wanted != BLANK_DATE and wanted < ordered:
        raise date_before_order(wanted, ordered, order.body["number"], body["sequence"])
