"""Purchase orders. Source of the fields: APIV2PurchaseOrders.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping

from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import dialog
from erp.sandbox.fields import BLANK_DATE, Field, Kind
from erp.sandbox.state import State


class PurchaseOrders(Document):
    """`purchaseOrders`, with the number as natural key.

    The number must be given: number series are not played. `status` "Draft" is what the
    application calls Open.
    """

    entity = "purchaseOrders"
    singular = "purchaseOrder"
    key_field = "number"
    fields: Mapping[str, Field] = {
        "number": Field(Kind.CODE, immutable=True),
        "orderDate": Field(Kind.DATE),
        "postingDate": Field(Kind.DATE),
        "vendorId": Field(Kind.GUID),
        "vendorNumber": Field(Kind.CODE),
        "vendorName": Field(Kind.TEXT, read_only=True),
        "currencyCode": Field(Kind.CODE),
        "requestedReceiptDate": Field(Kind.DATE),
        "purchaser": Field(Kind.CODE),
        "fullyReceived": Field(Kind.BOOLEAN, read_only=True),
        "status": Field(Kind.TEXT, default="Draft", read_only=True),
    }

    def on_create(self, state: State, body: Body) -> None:
        if not body["number"]:
            raise dialog("No. must be filled in. Enter a value.")
        if body["orderDate"] == BLANK_DATE:
            raise dialog("Order Date must have a value in Purchase Header.")
