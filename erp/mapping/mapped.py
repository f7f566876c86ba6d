"""What mapping a record comes to, as values."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.adapter import Command
from tidegate.outcome import Rejected


@dataclass(frozen=True, slots=True)
class Missing:
    """The record names another one that the far side does not have yet: the event waits for it.

    Args:
        source, entity, entity_id: whose link is missing.
        text: what it is for, for people.
    """

    source: str
    entity: str
    entity_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing is to be done, and that is as it was configured."""

    text: str


Mapped = Command | Rejected | Missing | Ignored


class Refused(Exception):
    """A value that cannot be mapped; it leaves this package as `Rejected`.

    Args:
        pointer: where the value stands in the record, or would.
    """

    def __init__(self, pointer: str, text: str) -> None:
        super().__init__(f"{pointer}: {text}" if pointer else text)

    def rejected(self) -> Rejected:
        """As an outcome."""
        return Rejected(str(self), "mapping")
