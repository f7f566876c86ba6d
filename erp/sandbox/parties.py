"""What customers and vendors have in common: names, addresses, numbers from a series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from erp.sandbox.dialogs import must_be_one_of
from erp.sandbox.documents import Body, Document
from erp.sandbox.fields import Field, Kind

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record

ADDRESS: Mapping[str, Field] = {
    "addressLine1": Field(Kind.TEXT),
    "addressLine2": Field(Kind.TEXT, length=50),
    "city": Field(Kind.TEXT, length=30),
    "state": Field(Kind.TEXT, length=30),
    "country": Field(Kind.CODE, length=10),
    "postalCode": Field(Kind.CODE, length=20),
    "phoneNumber": Field(Kind.TEXT, length=30),
    "email": Field(Kind.TEXT, length=80),
    "website": Field(Kind.TEXT, length=80),
}
# OData's spelling of AL's blank option.
BLANK_OPTION = "_x0020_"


class Party(Document):
    """The base of both; the number is the natural key, drawn from a series where none is given.

    Attributes:
        series: the prefix of numbers that are drawn.
        blocks: what `blocked` may say.
    """

    key_field = "number"
    series: ClassVar[str]
    blocks: ClassVar[tuple[str, ...]]

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        if not body["number"]:
            drawn = books.state.next_number(self.entity, 10)
            body["number"] = f"{self.series}{drawn:05}"
        self._judge(body)

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        self._judge(body)

    def _judge(self, body: Body) -> None:
        if body["blocked"] not in self.blocks:
            raise must_be_one_of("Blocked", self.blocks)
