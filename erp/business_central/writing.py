"""What a command that reads before it writes consists of."""

from __future__ import annotations

from typing import Protocol

from erp.business_central.client import Call, Client, Write
from erp.business_central.odata import Record
from erp.business_central.repeats import Seen
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.outcome import Rejected

Fields = dict[str, Json]
Next = Write | Call | Rejected | None
"""What follows from a read; None where everything is as asked already."""


class Writing(Protocol):
    """One command against one kind of record."""

    @property
    def entity(self) -> str:
        """The entity set that the record is of."""
        ...

    def asked(self, command: Command) -> Fields:
        """The fields that the record shall show afterwards, by the far side's names."""
        ...

    def read(self, client: Client, command: Command) -> Seen | Rejected:
        """The record now; raises `FarError`."""
        ...

    def write(self, command: Command, seen: Seen) -> Next:
        """What a first attempt, or a repeat that may be sent, sends."""
        ...

    def kept(self, command: Command, seen: Seen) -> Fields:
        """What the written record must show for the write to count."""
        ...

    def answer(self, command: Command, record: Record) -> Fields | None:
        """What a waiting caller is told."""
        ...

    def link(self, record: Record) -> tuple[str, str, str] | None:
        """The record's type, id and natural key, where links are kept of its kind."""
        ...
