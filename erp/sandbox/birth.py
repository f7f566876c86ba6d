"""What a new sandbox holds before anybody wrote to it, outside the ledger.

The first order's lines name items that are not there, so that tests may make them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from erp.sandbox.books import Books
from erp.sandbox.catalogue import CUSTOMERS, ORDER_LINES, ORDERS, VENDORS
from erp.sandbox.documents import Body
from erp.sandbox.headers import IN_REVIEW, OPEN
from erp.sandbox.items import ITEMS

ORDER_NUMBER = "106001"
ORDER_DATE = "2026-11-01"
VENDOR = "V-100"
PARTIES: tuple[Body, ...] = (
    {"number": VENDOR, "displayName": "Fabrikam Storage", "city": "Kiel", "country": "DE"},
    {"number": "V-200", "displayName": "O'Brien & Söhne GmbH", "city": "Lübeck", "country": "DE"},
)
CLIENTS: tuple[Body, ...] = (
    {"number": "C-100", "displayName": "Adatum Corporation", "email": "ap@adatum.example"},
    {"number": "C-200", "displayName": "Müller's Trading", "email": "info@mueller.example"},
)
STOCK: tuple[Body, ...] = (
    {"number": "1896-S", "displayName": "ATHENS Desk", "unitPrice": 1000, "unitCost": 780},
    {"number": "1900-S", "displayName": "PARIS Guest Chair", "unitPrice": 193, "unitCost": 150},
)
Line = tuple[int, str, str, int, Decimal]
LINES: tuple[Line, ...] = (
    (10000, "HD-1", "Hard Drive", 10, Decimal("80.25")),
    (20000, "SSD-2", "Solid State Drive", 4, Decimal("119.90")),
)
DESKS: tuple[Line, ...] = (
    (10000, "1896-S", "ATHENS Desk", 5, Decimal("780.60")),
    (20000, "1900-S", "PARIS Guest Chair", 20, Decimal("150.15")),
)
# Status by number: draft, released twice, and one that waits for its approval.
ORDERS_BORN: Mapping[str, tuple[str | None, tuple[Line, ...]]] = {
    ORDER_NUMBER: (None, LINES),
    "106002": (OPEN, DESKS),
    "PO/106003": (OPEN, DESKS),
    "106004": (IN_REVIEW, DESKS),
}


def give_birth(books: Books) -> None:
    """Vendors, customers, items and four purchase orders with two lines each."""
    for document, rows in ((VENDORS, PARTIES), (CUSTOMERS, CLIENTS), (ITEMS, STOCK)):
        for row in rows:
            books.add(document, row)
    for number, (status, lines) in ORDERS_BORN.items():
        _order(books, number, status, lines)


def _order(books: Books, number: str, status: str | None, lines: tuple[Line, ...]) -> None:
    order = books.add(
        ORDERS,
        {
            "number": number,
            "orderDate": ORDER_DATE,
            "postingDate": ORDER_DATE,
            "vendorNumber": VENDOR,
        },
    )
    for sequence, item, description, quantity, cost in lines:
        books.add(
            ORDER_LINES,
            {
                "documentId": order.id,
                "sequence": sequence,
                "lineObjectNumber": item,
                "description": description,
                "quantity": quantity,
                "directUnitCost": cost,
            },
        )
    if status is not None:
        written = books.get(ORDERS, order.id)
        books.replace(ORDERS, written, written.body | {"status": status})
