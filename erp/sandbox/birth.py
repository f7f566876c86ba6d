"""What a new sandbox holds before anybody wrote to it."""

from __future__ import annotations

from decimal import Decimal

from erp.sandbox.books import Books
from erp.sandbox.order_lines import PurchaseOrderLines
from erp.sandbox.orders import PurchaseOrders

ORDER_NUMBER = "106001"
ORDER_DATE = "2026-11-01"
LINES = (
    (10000, "HD-1", "Hard Drive", 10, Decimal("80.25")),
    (20000, "SSD-2", "Solid State Drive", 4, Decimal("119.90")),
)


def give_birth(books: Books) -> None:
    """Purchase order 106001 with two lines, outside the ledger."""
    orders, lines = PurchaseOrders(), PurchaseOrderLines()
    order = books.add(
        orders,
        {
            "number": ORDER_NUMBER,
            "orderDate": ORDER_DATE,
            "postingDate": ORDER_DATE,
            "vendorNumber": "V-100",
            "vendorName": "Fabrikam Storage",
        },
    )
    for sequence, number, description, quantity, cost in LINES:
        books.add(
            lines,
            {
                "documentId": order.id,
                "sequence": sequence,
                "lineObjectNumber": number,
                "description": description,
                "quantity": quantity,
                "directUnitCost": cost,
            },
        )
