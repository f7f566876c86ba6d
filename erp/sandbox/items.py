"""Items. Source of the fields: APIV2Items.Page.al of ALAppExtensions at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from erp.sandbox.dialogs import must_be_filled, must_be_one_of
from erp.sandbox.documents import Body, Document
from erp.sandbox.fields import Field, Kind, number

if TYPE_CHECKING:
    from erp.sandbox.books import Books
    from erp.sandbox.state import Record

TYPES = ("Inventory", "Service", "Non-Inventory")


class Items(Document):
    """`items`, with the number as natural key."""

    entity = "items"
    singular = "item"
    key_field = "number"
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, length=20),
        "displayName": Field(Kind.TEXT),
        "type": Field(Kind.TEXT, default="Inventory"),
        "itemCategoryId": Field(Kind.GUID),
        "itemCategoryCode": Field(Kind.CODE, length=20),
        "blocked": Field(Kind.BOOLEAN),
        "gtin": Field(Kind.TEXT, length=14),
        "inventory": Field(Kind.DECIMAL, read_only=True),
        "unitPrice": Field(Kind.DECIMAL),
        "priceIncludesTax": Field(Kind.BOOLEAN),
        "unitCost": Field(Kind.DECIMAL),
        "taxGroupId": Field(Kind.GUID),
        "taxGroupCode": Field(Kind.CODE, length=20),
        "baseUnitOfMeasureId": Field(Kind.GUID),
        "baseUnitOfMeasureCode": Field(Kind.CODE, length=10),
    }

    def on_create(self, books: Books, body: Body, asked: Body) -> None:
        _judge(body)

    def on_change(self, books: Books, before: Record, body: Body, asked: Body) -> None:
        _judge(body)


ITEMS = Items()


def move_stock(books: Books, item: str, quantity: int | Decimal) -> int | Decimal:
    """Add to an item's inventory, below zero too, and return it; an unknown item has none.

    An order line may name an item that nobody made, which v18 would not let happen.
    """
    record = books.state.by_key(ITEMS.entity, item)
    if record is None:
        return quantity
    now = number(record.body["inventory"]) + quantity
    books.replace(ITEMS, record, record.body | {"inventory": now})
    return now


def _judge(body: Body) -> None:
    if not body["number"]:
        raise must_be_filled("No.")
    if body["type"] not in TYPES:
        raise must_be_one_of("Type", TYPES)
