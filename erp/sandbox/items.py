"""Items. Source of the fields: APIV2Items.Page.al of ALAppExtensions at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import dialog
from erp.sandbox.fields import Field, Kind
from erp.sandbox.state import State

TYPES = ("Inventory", "Service", "Non-Inventory")


class Items(Document):
    """`items`, with the number as natural key."""

    entity = "items"
    singular = "item"
    key_field = "number"
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE),
        "displayName": Field(Kind.TEXT),
        "type": Field(Kind.TEXT, default="Inventory"),
        "itemCategoryId": Field(Kind.GUID),
        "itemCategoryCode": Field(Kind.CODE),
        "blocked": Field(Kind.BOOLEAN),
        "gtin": Field(Kind.TEXT),
        "inventory": Field(Kind.DECIMAL, read_only=True),
        "unitPrice": Field(Kind.DECIMAL),
        "priceIncludesTax": Field(Kind.BOOLEAN),
        "unitCost": Field(Kind.DECIMAL),
        "taxGroupId": Field(Kind.GUID),
        "taxGroupCode": Field(Kind.CODE),
        "baseUnitOfMeasureId": Field(Kind.GUID),
        "baseUnitOfMeasureCode": Field(Kind.CODE),
    }

    def on_create(self, state: State, body: Body) -> None:
        _judge(body)

    def on_change(self, state: State, body: Body, asked: Body) -> None:
        _judge(body)


def _judge(body: Body) -> None:
    if not body["number"]:
        raise dialog("No. must be filled in. Enter a value.")
    if body["type"] not in TYPES:
        raise dialog(f"Type must be one of {', '.join(TYPES)}.")
