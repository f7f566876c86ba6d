"""The far side of a simulation: it does what v18 does, no kinder, and counts every effect.

`records` are changed under the version that was read and made under a natural key, `documents`
are made anew by every request, the `inbox` refuses an id that it has seen, and `blind` does what
it is told. The effect's key travels with a request, and only the ledger looks at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from erp.business_central.repeats import ABSENT
from tidegate.errors import FarError

POISON = "poison"
"""What a value begins with that the far side refuses, today and always."""

SICK = "sick"
"""What a value begins with that it refuses until somebody has mended what was wrong."""


@dataclass(frozen=True, slots=True)
class Request:
    """One write on the wire.

    Args:
        version: of the record that it may change; `ABSENT` makes one.
    """

    command: str
    key: str
    value: str
    effect: UUID
    version: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record: its value, and the version that every change moves."""

    value: str
    version: str


class Ledger:
    """Takes requests, one after the other.

    Args:
        on_effect: told of each effect as it happens.
    """

    def __init__(self, on_effect: Callable[[Request], None]) -> None:
        self._on_effect = on_effect
        self._versions = 0
        self.records: dict[str, Kept] = {}
        self.documents: set[str] = set()
        self.inbox: set[UUID] = set()
        self.effects: Counter[UUID] = Counter()
        self.sent: Counter[UUID] = Counter()
        self.under_way: Counter[UUID] = Counter()
        self.refused: set[str] = set()
        self.cured: set[str] = set()

    def execute(self, request: Request) -> None:
        """Do it, once. Raises `FarError` in the far side's own words, having done nothing."""
        sick = request.value.startswith(SICK) and request.value not in self.cured
        if sick or request.value.startswith(POISON):
            self.refused.add(request.value)
            raise FarError("no", sent=True, status=400, code="Application_DialogException")
        match request.command:
            case "records.set":
                self._check_version(request)
                self._changed(request)
            case "records.delete":
                self._check_version(request)
                del self.records[request.key]
            case "documents.make":
                self.documents.add(request.key)
            case "inbox.post":
                if request.effect in self.inbox:
                    return
                self.inbox.add(request.effect)
        self.effects[request.effect] += 1
        self._on_effect(request)

    def edit(self, key: str, value: str) -> None:
        """Somebody else changes a record."""
        if key in self.records:
            self._versions += 1
            self.records[key] = Kept(value, f"W/{self._versions}")

    def _check_version(self, request: Request) -> None:
        there = self.records.get(request.key)
        if request.version == ABSENT:
            if there is not None:
                raise _refusal(400, "Internal_EntityWithSameKeyExists")
        elif there is None:
            raise _refusal(404, "Internal_RecordNotFound")
        elif there.version != request.version:
            raise _refusal(409, "Request_EntityChanged")

    def _changed(self, request: Request) -> None:
        self._versions += 1
        self.records[request.key] = Kept(request.value, f"W/{self._versions}")


def _refusal(status: int, code: str) -> FarError:
    return FarError(code, sent=True, status=status, code=code)
