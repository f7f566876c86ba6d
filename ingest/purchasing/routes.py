"""Where the purchasing API is reached: the table of its commands, and the list of its routes."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest.desk import Desk
from ingest.purchasing import dtos
from ingest.purchasing.caller import on_record
from ingest.purchasing.commands import Asking, PurchasingCommand
from ingest.purchasing.reads import PurchasingReads

BASE = "/api/v1/purchasing"
FACE = "purchasing"
LINE = "/po/{po_id:path}/lines/{line_no}"
COMMANDS: tuple[Asking, ...] = (
    Asking(
        "date",
        f"{LINE}/date",
        "purchaseOrderLines.date",
        "purchase-order-lines",
        "po.line.date",
        dtos.LineDate,
    ),
    Asking(
        "price",
        f"{LINE}/price",
        "purchaseOrderLines.price",
        "purchase-order-lines",
        "po.line.price",
        dtos.LinePrice,
    ),
    Asking(
        "quantity",
        f"{LINE}/quantity",
        "purchaseOrderLines.quantity",
        "purchase-order-lines",
        "po.line.quantity",
        dtos.LineQuantity,
    ),
    Asking("receipt", "/receipts", "purchaseReceipts.post", "receipts", "receipts", dtos.Receipt),
    Asking("return", "/returns", "purchaseReturns.post", "returns", "returns", dtos.Return),
)


def routes(desk: Desk) -> list[Route]:
    """Every route of the purchasing API; the longer address stands before what it begins with."""
    found: list[Route] = []
    for asking in COMMANDS:
        command = PurchasingCommand(desk, asking)
        posted = on_record(desk, FACE, BASE + asking.path, command.post)
        found.append(Route(BASE + asking.path, posted, methods=["POST"]))
        # Else the read of an order would take the rest of the address for the order's number.
        found.append(Route(BASE + asking.path, _only_post, methods=["GET"]))
    reads = PurchasingReads(desk, [asking.capability for asking in COMMANDS])
    for path, read in (
        (LINE, reads.line),
        ("/po/{po_id:path}/lines", reads.lines),
        ("/po/{po_id:path}", reads.order),
        ("/vendors", reads.vendors),
        ("/vendors/{no:path}", reads.vendor),
        ("/items", reads.items),
        ("/items/{no:path}", reads.item),
        ("/quotes", reads.quotes),
        ("/capabilities", reads.capabilities),
    ):
        guarded = on_record(desk, FACE, BASE + path, reads.guarded(read))
        found.append(Route(BASE + path, guarded, methods=["GET"]))
    return found


async def _only_post(_: Request) -> Response:
    raise HTTPException(405, headers={"Allow": "POST"})
