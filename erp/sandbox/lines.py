"""What the lines of every document have in common: sequence, item, amounts, totals above them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from erp.sandbox.dialogs import lines_need_a_filter, not_to_be_found
from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import no_relation, not_found
from erp.sandbox.fields import BLANK_GUID, CENT, Field, Kind, number, rounded

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.headers import Header
    from erp.sandbox.state import Record

STEP = 10000
OWN: Mapping[str, Field] = {
    "documentId": Field(Kind.GUID, immutable=True),
    "sequence": Field(Kind.INTEGER, immutable=True),
    "itemId": Field(Kind.GUID),
    "accountId": Field(Kind.GUID),
    "lineType": Field(Kind.TEXT, default="Item"),
    "lineObjectNumber": Field(Kind.CODE, immutable=True, length=20),
    "description": Field(Kind.TEXT),
    "unitOfMeasureId": Field(Kind.GUID),
    "unitOfMeasureCode": Field(Kind.CODE, length=10),
    "quantity": Field(Kind.DECIMAL),
}
AMOUNTS: Mapping[str, Field] = {
    "discountAmount": Field(Kind.DECIMAL),
    "discountPercent": Field(Kind.DECIMAL),
    "discountAppliedBeforeTax": Field(Kind.BOOLEAN, read_only=True),
    "amountExcludingTax": Field(Kind.DECIMAL, read_only=True),
    "taxCode": Field(Kind.CODE, length=20),
    "taxPercent": Field(Kind.DECIMAL, read_only=True),
    "totalTaxAmount": Field(Kind.DECIMAL, read_only=True),
    "amountIncludingTax": Field(Kind.DECIMAL, read_only=True),
    "invoiceDiscountAllocation": Field(Kind.DECIMAL, read_only=True),
    "netAmount": Field(Kind.DECIMAL, read_only=True),
    "netTaxAmount": Field(Kind.DECIMAL, read_only=True),
    "netAmountIncludingTax": Field(Kind.DECIMAL, read_only=True),
}
PLACE: Mapping[str, Field] = {
    "itemVariantId": Field(Kind.GUID),
    "locationId": Field(Kind.GUID),
}
_NET = ("amountExcludingTax", "amountIncludingTax", "netAmount", "netAmountIncludingTax")


class Lines(Document):
    """The base of lines; the natural key is the document's number, a slash and the sequence.

    Attributes:
        above: the document that they are lines of.
        price_field: the field that holds the price of one unit.
        item_price: the item's field that a line's price begins with.
    """

    parent_field = "documentId"
    stamped = False
    above: ClassVar[Header]
    price_field: ClassVar[str]
    item_price: ClassVar[str]

    def key(self, books: Books, body: Body) -> str:
        return f"{self.parent(books, body).body['number']}/{body['sequence']}"

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        parent = self.parent(books, body)
        self.above.must_take_lines(parent)
        if body["sequence"] == 0:
            body["sequence"] = self._next_sequence(books, parent)
        self.take_item(books, body, asked)
        price(body, self.price_field)

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        self.above.must_take_lines(self.parent(books, body))
        price(body, self.price_field)

    def on_delete(self, books: Books, record: Record) -> None:
        self.above.must_take_lines(self.parent(books, record.body))

    def on_written(self, books: Books, parent: str) -> None:
        """The header shows the lines' total, and another ETag, as its buffer row does in v18."""
        record = books.get(self.above, parent)
        lines = books.state.children(self.entity, parent)
        total = sum((number(line.body["netAmount"]) for line in lines), Decimal())
        totals: Body = dict.fromkeys(self.above.totals, total)
        books.replace(self.above, record, record.body | totals)

    def check_list(self, named: frozenset[str]) -> None:
        if not named & {"documentId", "id"}:
            raise lines_need_a_filter()

    def parent(self, books: Books, body: Body) -> Record:
        """The document of a line; raises `BcError`."""
        record = books.state.by_id(self.above.entity, str(body["documentId"]))
        if record is None:
            raise not_found(self.above.singular, str(body["documentId"]))
        return record

    def take_item(self, books: Books, body: Body, asked: Body) -> None:
        """Number, name and price of the item that the line names; raises `BcError`."""
        if body["lineType"] != "Item":
            return
        item = _item(books, body)
        if item is None:
            return
        body["itemId"], body["lineObjectNumber"] = item.id, item.body["number"]
        body["description"] = body["description"] or item.body["displayName"]
        if self.price_field not in asked:
            body[self.price_field] = item.body[self.item_price]

    def _next_sequence(self, books: Books, parent: Record) -> int:
        lines = books.state.children(self.entity, parent.id)
        return max((int(str(line.body["sequence"])) for line in lines), default=0) + STEP


def price(body: Body, price_field: str) -> None:
    """Bring a line's amounts up to date; the sandbox knows no tax."""
    gross = Decimal(number(body["quantity"])) * number(body[price_field])
    percent = number(body["discountPercent"])
    discount = gross * percent / 100 if percent else Decimal(number(body["discountAmount"]))
    body["discountAmount"] = rounded(discount, CENT)
    body.update(dict.fromkeys(_NET, rounded(gross - discount, CENT)))


def _item(books: Books, body: Body) -> Record | None:
    if body["itemId"] != BLANK_GUID:
        record = books.state.by_id("items", str(body["itemId"]))
        if record is None:
            raise not_to_be_found("item", "Der Artikel")
        return record
    if not body["lineObjectNumber"]:
        return None
    record = books.state.by_key("items", str(body["lineObjectNumber"]))
    if record is None:
        raise no_relation("No.", str(body["lineObjectNumber"]), "Item")
    return record
