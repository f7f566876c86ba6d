"""A far side that does nothing, at once."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tidegate.adapter import Capability, Command, Repeat
from tidegate.outcome import Applied, Finding, NotApplied

NAME = "noop"


class Noop:
    """An adapter that says yes to every item; what it is asked and answers is on record."""

    commands: Mapping[str, Capability] = {"items.upsert": Capability(Repeat.CONDITIONAL)}

    def apply(self, command: Command, effect_key: UUID) -> Applied:
        command.sending(b"PUT " + command.key.encode(), None)
        return Applied(None, dict(command.values))

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        return NotApplied()

    def health(self) -> None: ...

    def close(self) -> None: ...
