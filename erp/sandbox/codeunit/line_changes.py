"""ChangeReleasedLine: reopen, change, release, so that a released order takes what it refuses.

`{"orderNumber", "lineNumber", "quantity"?, "directUnitCost"?, "expectedReceiptDate"?}` is answered
with the line as it is now. Quantity goes before cost, which it would otherwise re-price. An order
that was not released stays so.
"""

from __future__ import annotations

from erp.sandbox.books import Books
from erp.sandbox.catalogue import ORDER_LINES, ORDERS
from erp.sandbox.codeunit.parameters import Parameters, line_of, order_of
from erp.sandbox.dialogs import dialog
from erp.sandbox.documents import Body
from erp.sandbox.headers import DRAFT, must_not_be_in_review

CHANGES = ("quantity", "directUnitCost", "expectedReceiptDate")


def change_released_line(books: Books, parameters: Parameters) -> Body:
    """Change a line under its rules, whatever the order's status but In Review."""
    order = order_of(books, parameters)
    line = line_of(books, order, parameters.integer("lineNumber"))
    asked = {name: parameters.given[name] for name in CHANGES if parameters.has(name)}
    if not asked:
        listed = ", ".join(CHANGES)
        raise dialog(f"One of {listed} is needed.", f"Eines von {listed} ist nötig.")
    must_not_be_in_review(order)
    status = order.body["status"]
    books.replace(ORDERS, order, order.body | {"status": DRAFT})
    after = books.alter(ORDER_LINES, line, ORDER_LINES.read_change(asked))
    reopened = books.get(ORDERS, order.id)
    books.replace(ORDERS, reopened, reopened.body | {"status": status})
    shown = ("quantity", *CHANGES[1:], "receivedQuantity", "netAmount")
    return {
        "_entity": ORDER_LINES.entity,
        "_key": after.key,
        "orderNumber": order.key,
        "lineNumber": after.body["sequence"],
        **{name: after.body[name] for name in shown},
        "status": status,
    }
