"""The commands of the adapter: what each reads, asks for and writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from erp.sandbox.client import Client, Record, Write, quoted
from erp.sandbox.compare import shows
from erp.sandbox.repeats import Seen
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.outcome import Rejected

Fields = dict[str, Json]


class Writing(Protocol):
    """One command against one kind of record."""

    def asked(self, command: Command) -> Fields:
        """The fields that the record must show afterwards, by the far side's names."""
        ...

    def read(self, client: Client, command: Command) -> Seen:
        """The record now; raises `FarError`."""
        ...

    def write(self, command: Command, seen: Seen) -> Write | Rejected:
        """What to send, given what was read."""
        ...

    def answer(self, command: Command, record: Record) -> Fields | None:
        """What a waiting caller is told."""
        ...


class ItemUpsert:
    """`items.upsert`: the item with this number is made, or changed where it is there."""

    def asked(self, command: Command) -> Fields:
        return {**command.values, "number": command.key}

    def read(self, client: Client, command: Command) -> Seen:
        rows = client.rows("items", f"number eq {quoted(command.key)}")
        return _seen(rows, self.asked(command))

    def write(self, command: Command, seen: Seen) -> Write | Rejected:
        asked = self.asked(command)
        if seen.record is None:
            return Write("items", asked, seen.version)
        del asked["number"]
        return Write(f"items({seen.record['id']})", asked, seen.version)

    def answer(self, command: Command, record: Record) -> Fields | None:
        return plain(record)


class LineDate:
    """`purchaseOrderLines.date`: the expected receipt date of a line; key `order number/line`."""

    FIELD = "expectedReceiptDate"

    def asked(self, command: Command) -> Fields:
        return {name: value for name, value in command.values.items() if name == self.FIELD}

    def read(self, client: Client, command: Command) -> Seen:
        # The order's number may hold slashes itself.
        number, _, line = command.key.rpartition("/")
        orders = client.rows("purchaseOrders", f"number eq {quoted(number)}") if number else []
        if not orders or not (line.isascii() and line.isdigit()):
            return Seen(None, shows=False)
        condition = f"documentId eq {orders[0]['id']} and sequence eq {int(line)}"
        return _seen(client.rows("purchaseOrderLines", condition), self.asked(command))

    def write(self, command: Command, seen: Seen) -> Write | Rejected:
        if seen.record is None:
            return Rejected(f"no purchase order line {command.key}", "not_found", 404)
        asked = self.asked(command)
        if not asked:
            return Rejected(f"the command names no {self.FIELD}", "bad_command")
        return Write(f"purchaseOrderLines({seen.record['id']})", asked, seen.version)

    def answer(self, command: Command, record: Record) -> Fields | None:
        number = command.key.rpartition("/")[0]
        return {**plain(record), "number": number, "lineNo": record["sequence"]}


def _seen(rows: list[Record], asked: Mapping[str, Json]) -> Seen:
    """What a read by a natural key found."""
    record = rows[0] if rows else None
    return Seen(record, shows=record is not None and bool(asked) and shows(record, asked))


def plain(record: Record) -> Fields:
    """The record without OData's annotations."""
    return {name: value for name, value in record.items() if not name.startswith("@odata.")}
