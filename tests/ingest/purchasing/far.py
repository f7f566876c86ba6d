"""A far side in memory that does as it is told, and the house's own way to find it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tidegate.adapter import Capability, Command, Repeat
from tidegate.canon import Json
from tidegate.errors import FarError
from tidegate.outcome import Applied, Finding, NotApplied, Rejected

COMMANDS = (
    "purchaseOrderLines.date",
    "purchaseOrderLines.price",
    "purchaseOrderLines.quantity",
    "purchaseReceipts.post",
    "purchaseReturns.post",
)
PATIENCE = 20.0


class Far:
    """Implements `Adapter` and `Reads`.

    Args:
        cannot: commands and reads that it does not offer.
    """

    def __init__(self, *cannot: str) -> None:
        capability = Capability(Repeat.CONDITIONAL)
        self.commands: Mapping[str, Capability] = {
            name: capability for name in COMMANDS if name not in cannot
        }
        self.reads: dict[str, str | None] = {
            name: "it keeps none" if name in cannot else None
            for name in ("purchaseOrders", "purchaseOrderLines", "vendors", "items", "quotes")
        }
        self.records: dict[str, list[dict[str, Json]]] = {name: [] for name in self.reads}
        self.reading: list[str] = []
        self.written: list[Command] = []
        self.refusal: Rejected | None = None
        self.failure: FarError | None = None
        self.go = threading.Event()
        self.go.set()

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        self.go.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure
        if self.refusal is not None:
            return self.refusal
        command.sending(b"asked", "1")
        self.written.append(command)
        return Applied({}, command.values, {**command.values, "number": command.key})

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        return NotApplied()

    def read(
        self, name: str, key: str, *, limit: int, after: str
    ) -> Sequence[Mapping[str, Json]] | None:
        self.reading.append(name)
        self.go.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure
        if name == "purchaseOrderLines":
            if not any(each["number"] == key for each in self.records["purchaseOrders"]):
                return None
            lines = [each for each in self.records[name] if each["number"] == key]
            return [each for each in lines if _no(each) > int(after or 0)][:limit]
        found = [each for each in self.records[name] if key in ("", each["number"])]
        return [each for each in found if str(each["number"]) > after][:limit]

    def health(self) -> None: ...

    def close(self) -> None: ...


def _no(line: Mapping[str, Any]) -> int:
    return int(line["lineNo"])


class Current:
    """Which far side `[adapters.far]` means just now."""

    far = Far()


def current() -> Far:
    """Named in the configuration of these tests."""
    return Current.far
