"""PostReceipt and PostReturn: what came in on an order's lines, and what goes back.

`{"orderNumber", "lines": [{"lineNumber", "quantity"}], "postingDate"?, "vendorShipmentNumber"?}`
is answered with the posted document's number and each line as it is now. A return also takes
`"reasonCode"`. Returns leave the order's received quantity as it is, as a purchase return order
does in v18; what was returned before caps the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from erp.sandbox.books import Books
from erp.sandbox.catalogue import ORDER_LINES, ORDERS, RECEIPT_LINES, RECEIPTS
from erp.sandbox.codeunit.parameters import Parameters, line_of, order_of
from erp.sandbox.codeunit.returns import RETURNS, returned
from erp.sandbox.dialogs import more_than
from erp.sandbox.documents import Body
from erp.sandbox.fields import number
from erp.sandbox.headers import OPEN, must_not_be_in_review
from erp.sandbox.items import move_stock
from erp.sandbox.order_lines import outstanding
from erp.sandbox.state import Record
from tidegate.canon import Json


@dataclass(frozen=True, slots=True)
class Posted:
    """One line of a posting: the order's line and the quantity that moves."""

    line: Record
    quantity: int | Decimal


def post_receipt(books: Books, parameters: Parameters) -> Body:
    """Raise received quantities and stock, and make a posted receipt; raises `BcError`."""
    order = order_of(books, parameters)
    moved = _moved(books, order, parameters)
    for each in moved:
        most = outstanding(each.line.body)
        if each.quantity > most:
            raise more_than("receive", "liefern", most)
    # Posting releases an order that is not; one in review it refuses.
    must_not_be_in_review(order)
    document = RECEIPTS.of_order(order) | {
        "number": RECEIPTS.draw(books, RECEIPTS.entity, RECEIPTS.first),
        "postingDate": parameters.date("postingDate", books.today),
        "invoiceDate": books.today,
    }
    receipt = books.keep(RECEIPTS, document)
    for place, each in enumerate(moved, 1):
        _receive(books, receipt, each, place)
    _close(books, order)
    return _answer(books, RECEIPTS.entity, order, document, moved)


def post_return(books: Books, parameters: Parameters) -> Body:
    """Take stock out again and make a posted return; raises `BcError`."""
    order = order_of(books, parameters)
    moved = _moved(books, order, parameters)
    for each in moved:
        most = number(each.line.body["receivedQuantity"]) - returned(books, each.line)
        if each.quantity > most:
            raise more_than("return", "zurückgeben", most)
    document = RETURNS.of_order(order) | {
        "number": RETURNS.draw(books, RETURNS.entity, RETURNS.first),
        "postingDate": parameters.date("postingDate", books.today),
        "reasonCode": parameters.code("reasonCode", needed=False),
    }
    posted = books.keep(RETURNS, document)
    for place, each in enumerate(moved, 1):
        copied = _copied(each, posted, place) | {"orderLineId": each.line.id}
        books.keep(RETURNS.lines, RETURNS.lines.blank() | copied)
        move_stock(books, str(each.line.body["lineObjectNumber"]), -each.quantity)
    return _answer(books, RETURNS.entity, order, document, moved)


def _moved(books: Books, order: Record, parameters: Parameters) -> list[Posted]:
    """The lines of a command, those of one number added up."""
    total: dict[int, int | Decimal] = {}
    for row in parameters.each("lines"):
        sequence = row.integer("lineNumber")
        total[sequence] = total.get(sequence, 0) + row.positive("quantity")
    return [Posted(line_of(books, order, each), quantity) for each, quantity in total.items()]


def _receive(books: Books, receipt: Record, each: Posted, place: int) -> None:
    body = each.line.body
    books.keep(RECEIPT_LINES, RECEIPT_LINES.blank() | _copied(each, receipt, place))
    received = number(body["receivedQuantity"]) + each.quantity
    after = body | {"receivedQuantity": received}
    books.replace(ORDER_LINES, each.line, after | {"receiveQuantity": outstanding(after)})
    move_stock(books, str(body["lineObjectNumber"]), each.quantity)


def _copied(each: Posted, posted: Record, place: int) -> Body:
    body = each.line.body
    copied = ("lineType", "lineObjectNumber", "description", "unitOfMeasureCode")
    return {name: body[name] for name in copied} | {
        "documentId": posted.id,
        "sequence": place * 10000,
        "unitCost": body["directUnitCost"],
        "quantity": each.quantity,
        "expectedReceiptDate": body["expectedReceiptDate"],
    }


def _close(books: Books, order: Record) -> None:
    lines = books.state.children(ORDER_LINES.entity, order.id)
    received = all(outstanding(line.body) <= 0 for line in lines)
    state: Body = {"fullyReceived": received, "status": OPEN}
    books.replace(ORDERS, order, order.body | state)


def _answer(
    books: Books, entity: str, order: Record, document: Mapping[str, Json], moved: list[Posted]
) -> Body:
    lines: list[Json] = []
    for each in moved:
        now = books.get(ORDER_LINES, each.line.id).body
        lines.append(
            {
                "lineNumber": now["sequence"],
                "quantity": each.quantity,
                "receivedQuantity": now["receivedQuantity"],
                "returnedQuantity": returned(books, each.line),
                "outstandingQuantity": outstanding(now),
            }
        )
    return {
        "_entity": entity,
        "_key": order.key,
        "documentNumber": document["number"],
        "orderNumber": order.key,
        "postingDate": document["postingDate"],
        "lines": lines,
    }
