"""Invoices and credit memos: made once, head and lines in one request.

v18 draws their numbers itself and refuses no second document with the same outside number. So a
create is a `probe`: it is found by that number, and its absence counts only once the first request
can no longer land.
"""

from __future__ import annotations

from erp.business_central.client import Client, Write
from erp.business_central.compare import shows
from erp.business_central.odata import Record, literal, plain
from erp.business_central.repeats import ABSENT, Seen
from erp.business_central.writing import Fields, Next
from tidegate.adapter import Command
from tidegate.outcome import Rejected

LINES = "lines"


class DocumentCreate:
    """`….create` of one kind of document.

    Args:
        entity: the entity set.
        lines: the name of its lines in a body.
        handle: the field that holds the number which the source gave it.
        party: `customer` or `vendor`, whose number or id tells apart equal outside numbers.
    """

    def __init__(self, entity: str, lines: str, handle: str, party: str) -> None:
        self.entity = entity
        self._lines = lines
        self._handle = handle
        self._parties = (f"{party}Number", f"{party}Id")

    def asked(self, command: Command) -> Fields:
        """The head's fields."""
        return {name: value for name, value in command.values.items() if name != LINES}

    def read(self, client: Client, command: Command) -> Seen | Rejected:
        """As `Writing` has it; raises `FarError`."""
        if not command.values.get(self._handle) and command.link is None:
            text = f"without {self._handle} nothing tells whether it is there"
            return Seen(None, shows=False, unclear=text)
        found = self._find(client, command)
        if isinstance(found, Rejected) or found is None:
            return found or Seen(None, shows=False)
        if shows(found, self.asked(command)):
            return Seen(found, shows=True)
        return Seen(found, shows=False, unclear=f"{self._there(found)} with other values")

    def write(self, command: Command, seen: Seen) -> Next:
        """A create; None where the very document is there, whoever made it."""
        if seen.record is None:
            return Write(self.entity, self._body(command), ABSENT)
        if seen.shows:
            return None
        text = f"{seen.unclear}; documents are made once and then people's to change"
        return Rejected(text, "already_there", 409)

    def kept(self, command: Command, seen: Seen) -> Fields:
        """Every field of the head."""
        return self.asked(command)

    def answer(self, command: Command, record: Record) -> Fields | None:
        """The head."""
        return plain(record)

    def link(self, record: Record) -> tuple[str, str, str] | None:
        """As `Writing` has it."""
        return self.entity, str(record["id"]), str(record["number"])

    def _body(self, command: Command) -> Fields:
        lines = command.values.get(LINES)
        return self.asked(command) | ({self._lines: lines} if lines else {})

    def _find(self, client: Client, command: Command) -> Record | Rejected | None:
        if command.link is not None:
            linked = client.record(self.entity, command.link)
            if linked is not None:
                return linked
        names = (self._handle, *self._parties)
        told = [(name, command.values[name]) for name in names if command.values.get(name)]
        condition = " and ".join(f"{name} eq {literal(name, value)}" for name, value in told)
        rows = client.rows(self.entity, condition, most=2) if condition else []
        if len(rows) > 1:
            text = f"{self._there(rows[0])}, and so is {rows[1]['number']}"
            return Rejected(text, "ambiguous_match", 409)
        return rows[0] if rows else None

    def _there(self, record: Record) -> str:
        return f"{self._handle} {record[self._handle]!r} is there as {record['number']}"
