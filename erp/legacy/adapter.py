"""The adapter `legacy`: each command goes to a function in a child process, or to a procedure."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from erp.legacy.procedures import Procedures
from erp.legacy.python import LegacyPython
from tidegate.adapter import Capability, Command
from tidegate.outcome import Applied, Finding, Rejected


class Legacy:
    """Both kinds of commands as one adapter; implements `tidegate.adapter.Adapter`."""

    def __init__(self, functions: LegacyPython, procedures: Procedures) -> None:
        self._both = (functions, procedures)
        self._of: dict[str, LegacyPython | Procedures] = dict.fromkeys(
            functions.commands, functions
        )
        self._of |= dict.fromkeys(procedures.commands, procedures)

    @property
    def commands(self) -> Mapping[str, Capability]:
        """The commands it can do."""
        return {name: each.commands[name] for name, each in self._of.items()}

    def check(self) -> None:
        """What both need is there; raises `ConfigError`."""
        for each in self._both:
            each.check()

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        """As the one of the two that has the command."""
        return self._of[command.name].apply(command, effect_key)

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        """As the one of the two that has the command."""
        return self._of[command.name].probe(command, effect_key)

    def health(self) -> None:
        """Both; raises `FarError`."""
        for each in self._both:
            each.health()

    def close(self) -> None:
        """Both."""
        for each in self._both:
            each.close()
