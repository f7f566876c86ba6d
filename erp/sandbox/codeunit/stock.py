"""AdjustStock and SetPrices: inventory and item prices, which API v2.0 of v18 cannot write.

`{"lines": [{"itemNumber", "quantity"}], "documentNumber"?, "postingDate"?, "reasonCode"?}`, a
quantity below zero taking out; and `{"prices": [{"itemNumber", "unitPrice"}], "priceList"?}`,
where a price of a list leaves the item's own as it is.
"""

from __future__ import annotations

from erp.sandbox.books import Books
from erp.sandbox.codeunit.parameters import Parameters
from erp.sandbox.codeunit.price_lists import keep_price
from erp.sandbox.dialogs import below_zero
from erp.sandbox.documents import Body
from erp.sandbox.errors import no_relation
from erp.sandbox.items import ITEMS, move_stock
from erp.sandbox.state import Record
from tidegate.canon import Json


def adjust_stock(books: Books, parameters: Parameters) -> Body:
    """Post an adjustment of each item's inventory; raises `BcError`."""
    given = parameters.code("documentNumber", needed=False)
    document = given or f"ADJ{books.state.next_number('adjustments', 1):05}"
    lines: list[Body] = []
    for row in parameters.each("lines"):
        item, quantity = item_of(books, row), row.decimal("quantity")
        inventory = move_stock(books, item.key, quantity)
        lines.append({"itemNumber": item.key, "quantity": quantity, "inventory": inventory})
    return {
        "_entity": "itemAdjustments",
        "_key": _keys(lines),
        "documentNumber": document,
        "postingDate": parameters.date("postingDate", books.today),
        "lines": list[Json](lines),
    }


def set_prices(books: Books, parameters: Parameters) -> Body:
    """Write sales prices, into the items or into a price list; raises `BcError`."""
    price_list = parameters.code("priceList", needed=False)
    prices: list[Body] = []
    for row in parameters.each("prices"):
        item, price = item_of(books, row), row.decimal("unitPrice")
        if price < 0:
            raise below_zero("unitPrice")
        if price_list:
            keep_price(books, price_list, item.key, price)
        else:
            books.replace(ITEMS, item, item.body | {"unitPrice": price})
        prices.append({"itemNumber": item.key, "unitPrice": price})
    answer: Body = {"_entity": "itemPrices", "_key": _keys(prices), "prices": list[Json](prices)}
    return answer | ({"priceList": price_list} if price_list else {})


def item_of(books: Books, row: Parameters) -> Record:
    """The item that a row names; raises `BcError`."""
    number = row.code("itemNumber")
    item = books.state.by_key(ITEMS.entity, number)
    if item is None:
        raise no_relation("Item No.", number, "Item")
    return item


def _keys(rows: list[Body]) -> str:
    return ",".join(str(row["itemNumber"]) for row in rows)
