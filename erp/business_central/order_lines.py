"""Purchase order lines: date, price, quantity, and what a released order takes of them.

The API's status `Draft` is what the application calls Open, `Open` what it calls Released. A
released order takes dates as they are, price and quantity through the codeunit, which reopens it,
changes it and releases it in one transaction. One that awaits approval takes neither.
"""

from __future__ import annotations

from erp.business_central.client import Call, Client, Write
from erp.business_central.compare import shows
from erp.business_central.odata import Record, plain, quoted
from erp.business_central.repeats import Seen
from erp.business_central.writing import Fields, Next
from tidegate.adapter import Command
from tidegate.outcome import Rejected

DRAFT, RELEASED = "Draft", "Open"
COST = "directUnitCost"


class LineChange:
    """One field of a line; the command's key is `order number/line`.

    Args:
        field: its name.
        firm: whether a released order refuses it.
    """

    entity = "purchaseOrderLines"

    def __init__(self, field: str, *, firm: bool) -> None:
        self._field = field
        self._firm = firm

    def asked(self, command: Command) -> Fields:
        """The field; reasons and the like stay with us."""
        return {name: value for name, value in command.values.items() if name == self._field}

    def read(self, client: Client, command: Command) -> Seen | Rejected:
        """The line and its order; raises `FarError`."""
        number, line = _address(command)
        orders = client.rows("purchaseOrders", f"number eq {quoted(number)}") if number else []
        if not orders or not (line.isascii() and line.isdigit()):
            return Seen(None, shows=False)
        condition = f"documentId eq {orders[0]['id']} and sequence eq {int(line)}"
        rows = client.rows(self.entity, condition)
        record, asked = rows[0] if rows else None, self.asked(command)
        shown = record is not None and bool(asked) and shows(record, asked)
        return Seen(record, shown, above=orders[0])

    def write(self, command: Command, seen: Seen) -> Next:
        """A change under the line's ETag, or a call for a released order."""
        if seen.record is None or seen.above is None:
            return Rejected(f"no purchase order line {command.key}", "not_found", 404)
        if not self.asked(command):
            return Rejected(f"the command names no {self._field}", "bad_command")
        fields = self.kept(command, seen)
        status = seen.above["status"]
        if not self._firm or status == DRAFT:
            return Write(f"{self.entity}({seen.record['id']})", fields, seen.version)
        if status == RELEASED:
            order: Fields = {
                "orderNumber": seen.above["number"],
                "lineNumber": seen.record["sequence"],
            }
            return Call("ChangeReleasedLine", order | fields, seen.version)
        text = f"order {seen.above['number']} is {status}: its {self._field} waits for the approval"
        return Rejected(text, "not_open")

    def kept(self, command: Command, seen: Seen) -> Fields:
        """The field."""
        return self.asked(command)

    def answer(self, command: Command, record: Record) -> Fields | None:
        """The line, with its order's number."""
        number, _ = _address(command)
        return {**plain(record), "number": number, "lineNo": record["sequence"]}

    def link(self, record: Record) -> tuple[str, str, str] | None:
        """None: no source has lines of its own."""
        return None


class LineQuantity(LineChange):
    """The quantity, which would bring the item's own price with it.

    So the agreed price follows in the same request, behind it: one request can be cut off before
    or after, and not between the two.
    """

    def __init__(self) -> None:
        super().__init__("quantity", firm=True)

    def kept(self, command: Command, seen: Seen) -> Fields:
        """The quantity, and the price as it was."""
        asked = self.asked(command)
        return asked if seen.record is None else {**asked, COST: seen.record[COST]}


def _address(command: Command) -> tuple[str, str]:
    # The order's number may hold slashes itself.
    number, _, line = command.key.rpartition("/")
    return number, line
