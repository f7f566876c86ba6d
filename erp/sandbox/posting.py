"""`Microsoft.NAV.post`: a draft becomes a posted document, with another number and the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from erp.sandbox.dialogs import nothing_to_post
from erp.sandbox.documents import Body
from erp.sandbox.errors import no_segment
from erp.sandbox.fields import number
from erp.sandbox.headers import OPEN, Header
from erp.sandbox.items import move_stock

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record

POST = "Microsoft.NAV.post"


class Postable(Header):
    """The base of heads that can be posted.

    Attributes:
        posted_first: the first number of posted documents.
        posted_prefix: what stands before its digits.
        direction: 1 where posting brings items in, -1 where it takes them out.
    """

    actions = (POST,)
    posted_first: ClassVar[int]
    posted_prefix: ClassVar[str] = ""
    direction: ClassVar[int]

    def act(self, books: Books, record: Record, action: str) -> None:
        if action != POST:
            raise no_segment(action)
        self.must_take_lines(record)
        self.may_post(books, record)
        lines = [] if self.lines is None else books.state.children(self.lines.entity, record.id)
        if not any(number(line.body["quantity"]) for line in lines):
            raise nothing_to_post()
        for line in lines:
            moved = number(line.body["quantity"]) * self.direction
            move_stock(books, str(line.body["lineObjectNumber"]), moved)
        drawn = books.state.next_number(f"posted {self.entity}", self.posted_first)
        posted: Body = {"number": f"{self.posted_prefix}{drawn}", "status": OPEN}
        books.replace(self, record, record.body | posted)

    def may_post(self, books: Books, record: Record) -> None:
        """Raise `BcError` where it may not be posted as it is."""
