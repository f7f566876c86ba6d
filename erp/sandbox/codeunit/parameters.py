"""A command's parameters, read field by field as AL reads a JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from erp.sandbox.books import Books
from erp.sandbox.catalogue import ORDER_LINES, ORDERS
from erp.sandbox.dialogs import dialog, not_to_be_found
from erp.sandbox.errors import BcError
from erp.sandbox.fields import BLANK_DATE, Field, Kind, number, store
from erp.sandbox.state import Record
from tidegate.canon import Json


class Parameters:
    """One JSON object; every reader raises `BcError` where a field is missing or of another type.

    Args:
        given: the object as it came.
    """

    def __init__(self, given: Mapping[str, Json]) -> None:
        self.given = dict(given)

    def has(self, name: str) -> bool:
        """Whether the field is given."""
        return name in self.given

    def code(self, name: str, *, needed: bool = True) -> str:
        """An upper-cased code, empty where it may be left out and is."""
        found = str(self._stored(name, Field(Kind.CODE, length=35), needed=needed))
        if needed and not found:
            raise _missing(name)
        return found

    def integer(self, name: str) -> int:
        """A whole number."""
        return int(number(self._stored(name, Field(Kind.INTEGER), needed=True)))

    def decimal(self, name: str) -> int | Decimal:
        """A number of five decimals."""
        return number(self._stored(name, Field(Kind.DECIMAL), needed=True))

    def positive(self, name: str) -> int | Decimal:
        """A number above zero."""
        found = self.decimal(name)
        if found <= 0:
            raise dialog(f"{name} must be positive.", f"{name} muss positiv sein.")
        return found

    def date(self, name: str, otherwise: str) -> str:
        """A date, or `otherwise` where it is left out or blank."""
        found = str(self._stored(name, Field(Kind.DATE), needed=False))
        return otherwise if found == BLANK_DATE else found

    def each(self, name: str) -> list[Parameters]:
        """The objects of a list that is not empty."""
        found = self.given.get(name)
        if not isinstance(found, list) or not found:
            raise _missing(name)
        rows = [Parameters(row) for row in found if isinstance(row, dict)]
        if len(rows) != len(found):
            raise dialog(f"{name} is no list of objects.", f"{name} ist keine Liste von Objekten.")
        return rows

    def _stored(self, name: str, field: Field, *, needed: bool) -> Json:
        if needed and self.given.get(name) is None:
            raise _missing(name)
        return store(name, field, self.given.get(name))


def order_of(books: Books, parameters: Parameters) -> Record:
    """The order that a command names; raises `BcError`."""
    order = books.state.by_key(ORDERS.entity, parameters.code("orderNumber"))
    if order is None:
        raise not_to_be_found("purchase order", "Die Einkaufsbestellung")
    return order


def line_of(books: Books, order: Record, sequence: int) -> Record:
    """A line of an order; raises `BcError`."""
    line = books.state.by_key(ORDER_LINES.entity, f"{order.key}/{sequence}")
    if line is None:
        raise not_to_be_found("purchase order line", "Die Bestellzeile")
    return line


def _missing(name: str) -> BcError:
    return dialog(f"{name} is missing in the command.", f"{name} fehlt im Befehl.")
