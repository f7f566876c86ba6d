"""The list of commands in `tidegate --help`: by what a person is about to do, most used first."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

PANELS: dict[str, tuple[str, ...]] = {
    "Run": ("up", "ingest", "processor", "relay", "sandbox", "try"),
    "Look": ("status", "doctor", "events", "explain", "report", "alerts", "leader"),
    "Decide": ("dead-letters", "replays", "blocked", "pause", "resume", "subscriptions"),
    "Configure": ("config", "sources", "mapping", "rules", "api-keys"),
    "Keep and prove": ("db", "audit", "erase", "recover"),
    "Measure and break": ("bench", "chaos"),
}
_WHOLE = 200
"""Characters of a command's first sentence; the lines are folded, not cut."""


class Whole(TyperGroup):
    """Lists its commands with their first sentence whole, on as many lines as it takes."""

    def panels(self) -> dict[str, list[str]]:
        """Names of commands by heading."""
        return {"Commands": [*self.commands]}

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list."""
        for title, names in self.panels().items():
            shown = [self.commands[name] for name in names if name in self.commands]
            rows = [(c.name, c.get_short_help_str(_WHOLE)) for c in shown if not c.hidden]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Grouped(Whole):
    """Lists its commands under `PANELS`; one that stands in none is listed last."""

    def panels(self) -> dict[str, list[str]]:
        """Names of commands by heading."""
        placed = {name for names in PANELS.values() for name in names}
        rest = [name for name in self.commands if name not in placed]
        return {title: [*names] for title, names in PANELS.items()} | {"More": rest}
