"""Prices of price lists: kept so that they can be read back; no API of v18 shows them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from erp.sandbox.documents import Body, Document
from erp.sandbox.fields import Field, Kind

if TYPE_CHECKING:
    from erp.sandbox.books import Books


class PriceListLines(Document):
    """One price of one item in one list."""

    entity = "priceListLines"
    singular = "priceListLine"
    read_only = True
    fields: Mapping[str, Field] = {
        "priceList": Field(Kind.CODE, length=20),
        "itemNumber": Field(Kind.CODE, length=20),
        "unitPrice": Field(Kind.DECIMAL),
    }

    def key(self, books: Books, body: Body) -> str:
        return f"{body['priceList']}/{body['itemNumber']}"


PRICES = PriceListLines()


def keep_price(books: Books, price_list: str, item: str, price: int | Decimal) -> None:
    """Put a price in its place, or make it."""
    body: Body = {"priceList": price_list, "itemNumber": item, "unitPrice": price}
    record = books.state.by_key(PRICES.entity, PRICES.key(books, body))
    if record is None:
        books.keep(PRICES, body)
    else:
        books.replace(PRICES, record, record.body | body)
