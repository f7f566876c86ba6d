"""Purchase order lines. Source of the fields: APIV2PurchaseOrderLines.Page.al at 18.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from erp.sandbox.documents import Body, Document
from erp.sandbox.errors import BcError, dialog, not_found
from erp.sandbox.fields import BLANK_DATE, Field, Kind
from erp.sandbox.state import Record, State

STEP = 10000


class PurchaseOrderLines(Document):
    """`purchaseOrderLines`; the natural key is the order's number, a slash and the sequence."""

    entity = "purchaseOrderLines"
    singular = "purchaseOrderLine"
    parent_field = "documentId"
    fields: Mapping[str, Field] = {
        "documentId": Field(Kind.GUID, immutable=True),
        "sequence": Field(Kind.INTEGER, immutable=True),
        "itemId": Field(Kind.GUID),
        "lineType": Field(Kind.TEXT, default="Item"),
        "lineObjectNumber": Field(Kind.CODE, immutable=True),
        "description": Field(Kind.TEXT),
        "unitOfMeasureCode": Field(Kind.CODE),
        "quantity": Field(Kind.DECIMAL),
        "directUnitCost": Field(Kind.DECIMAL),
        "expectedReceiptDate": Field(Kind.DATE),
        "receivedQuantity": Field(Kind.DECIMAL, read_only=True),
        "invoicedQuantity": Field(Kind.DECIMAL, read_only=True),
        "invoiceQuantity": Field(Kind.DECIMAL),
        "receiveQuantity": Field(Kind.DECIMAL),
        "itemVariantId": Field(Kind.GUID),
        "locationId": Field(Kind.GUID),
    }

    def key(self, state: State, body: Body) -> str:
        return f"{_order(state, body).body['number']}/{body['sequence']}"

    def on_create(self, state: State, body: Body) -> None:
        order = _order(state, body)
        if body["sequence"] == 0:
            body["sequence"] = _next_sequence(state, order)
        _judge_date(order, body)
        _touch(state, order)

    def on_change(self, state: State, body: Body, asked: Body) -> None:
        order = _order(state, body)
        if "expectedReceiptDate" in asked:
            _judge_date(order, body)
        _touch(state, order)

    def check_list(self, terms: Mapping[str, str]) -> None:
        if not terms.keys() & {"documentId", "id"}:
            raise BcError(
                400,
                "Application_DialogException",
                "You must specify an Id or a Document Id to get the lines.",
            )


def _order(state: State, body: Body) -> Record:
    order = state.by_id("purchaseOrders", str(body["documentId"]))
    if order is None:
        raise not_found("purchaseOrder", str(body["documentId"]))
    return order


def _next_sequence(state: State, order: Record) -> int:
    lines = state.children("purchaseOrderLines", order.id)
    return max((int(str(line.body["sequence"])) for line in lines), default=0) + STEP


def _judge_date(order: Record, body: Body) -> None:
    wanted, ordered = str(body["expectedReceiptDate"]), str(order.body["orderDate"])
    if wanted not in (BLANK_DATE, "") and wanted < ordered:
        raise dialog(
            f"Expected Receipt Date {wanted} cannot be earlier than the Order Date {ordered} "
            f"of order {order.body['number']}, line {body['sequence']}."
        )


def _touch(state: State, order: Record) -> None:
    # As in v18, where a line's edit goes through the header's buffer row.
    state.update("purchaseOrders", replace(order, version=order.version + 1))
