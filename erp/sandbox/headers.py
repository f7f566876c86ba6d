"""What the heads of every document have in common: number, customer or vendor, totals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from erp.sandbox.dialogs import not_open, not_released, not_to_be_found, posted
from erp.sandbox.documents import Body, Document
from erp.sandbox.fields import BLANK_DATE, BLANK_GUID, Field, Kind

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record

DRAFT, OPEN, IN_REVIEW = "Draft", "Open", "In Review"
TOTALS: Mapping[str, Field] = {
    "discountAmount": Field(Kind.DECIMAL),
    "discountAppliedBeforeTax": Field(Kind.BOOLEAN, read_only=True),
    "totalAmountExcludingTax": Field(Kind.DECIMAL, read_only=True),
    "totalTaxAmount": Field(Kind.DECIMAL, read_only=True),
    "totalAmountIncludingTax": Field(Kind.DECIMAL, read_only=True),
    "status": Field(Kind.TEXT, default=DRAFT, read_only=True),
}
SHIP_TO: Mapping[str, Field] = {
    "shipToName": Field(Kind.TEXT),
    "shipToContact": Field(Kind.TEXT),
}
OF_ORDER: Mapping[str, Field] = {
    "orderId": Field(Kind.GUID, read_only=True),
    "orderNumber": Field(Kind.CODE, read_only=True, length=20),
}
# What the application calls the status that the API shows of an order.
INSIDE: Mapping[str, str] = {DRAFT: "Open", OPEN: "Released", IN_REVIEW: "Pending Approval"}
_GERMAN = {"customer": "Der Debitor", "vendor": "Der Kreditor"}


class Header(Document):
    """The base of document heads.

    Attributes:
        party: `customer` or `vendor`; its fields begin with it.
        first: the first number of the series; numbers cannot be given by a client.
        prefix: what stands before the digits of a number.
        date_fields: those that are today where they are not given.
        totals: the fields that follow the lines' sum.
    """

    key_field = "number"
    party: ClassVar[str]
    first: ClassVar[int]
    prefix: ClassVar[str] = ""
    date_fields: ClassVar[tuple[str, ...]]
    totals: ClassVar[tuple[str, ...]] = ("totalAmountExcludingTax", "totalAmountIncludingTax")

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        self.take_party(books, body, asked)
        body["number"] = body["number"] or self.draw(books, self.entity, self.first)
        for name in self.date_fields:
            if body[name] == BLANK_DATE:
                body[name] = books.today

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        self.must_take_lines(before)
        if asked.keys() & {f"{self.party}Id", f"{self.party}Number"}:
            self.take_party(books, body, asked)

    def on_delete(self, books: Books, record: Record) -> None:
        self.must_take_lines(record)

    def must_take_lines(self, record: Record) -> None:
        """Raise `BcError` where head and lines are posted."""
        if record.body["status"] != DRAFT:
            raise posted(self.singular, str(record.body["number"]))

    def draw(self, books: Books, series: str, first: int) -> str:
        """The next number of a series."""
        return f"{self.prefix}{books.state.next_number(series, first)}"

    def take_party(self, books: Books, body: Body, asked: Body) -> None:
        """Id, number and name of the customer or vendor that is asked for; raises `BcError`."""
        by_id, by_number = f"{self.party}Id", f"{self.party}Number"
        entity = f"{self.party}s"
        if asked.get(by_id, BLANK_GUID) != BLANK_GUID:
            record = books.state.by_id(entity, str(asked[by_id]))
        else:
            record = books.state.by_key(entity, str(asked.get(by_number, "")))
        if record is None or asked.get(by_number, record.key) != record.key:
            raise not_to_be_found(self.party, _GERMAN[self.party])
        body[by_id], body[by_number] = record.id, record.key
        body[f"{self.party}Name"] = record.body["displayName"]


def must_be_open(order: Record) -> None:
    """TestStatusOpen; raises `BcError` where the order is released or in review."""
    status = str(order.body["status"])
    if status != DRAFT:
        raise not_open("Purchase Header", str(order.body["number"]), INSIDE[status])


def must_not_be_in_review(order: Record) -> None:
    """Raise `BcError` where an approval is pending: only people may end that."""
    status = str(order.body["status"])
    if status == IN_REVIEW:
        raise not_released("Purchase Header", str(order.body["number"]), INSIDE[status])


def party_fields(party: str) -> dict[str, Field]:
    """Id, number and name of a document's customer or vendor."""
    return {
        f"{party}Id": Field(Kind.GUID),
        f"{party}Number": Field(Kind.CODE, length=20),
        f"{party}Name": Field(Kind.TEXT, read_only=True),
    }


def address_fields(prefix: str, *, read_only: bool = False) -> dict[str, Field]:
    """One of a document's addresses."""
    lengths = {"AddressLine1": 100, "AddressLine2": 50, "City": 30, "State": 30}
    texts = {
        f"{prefix}{name}": Field(Kind.TEXT, length=length, read_only=read_only)
        for name, length in lengths.items()
    }
    codes = {
        f"{prefix}{name}": Field(Kind.CODE, length=length, read_only=read_only)
        for name, length in {"Country": 10, "PostCode": 20}.items()
    }
    return texts | codes
