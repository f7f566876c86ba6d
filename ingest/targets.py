"""Where a new key goes: one adapter, or a stable share of the keys to each of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Canary:
    """A share of the keys goes to the official adapter, the rest to the legacy one.

    Args:
        percent: the official one's share of the keys that are born now.
    """

    official: str
    legacy: str
    percent: int

    def of(self, key_hash: bytes) -> str:
        """The adapter of a new key: the same for as long as the percentage is."""
        drawn = int.from_bytes(key_hash[:8], "big") % _WHOLE
        return self.official if drawn < self.percent else self.legacy


Targets: TypeAlias = str | Canary
"""The one adapter of every new key, or how it is drawn."""


def drawn(target: Targets, key_hash: bytes) -> str:
    """The adapter that a key born now goes to, and stays with."""
    return target if isinstance(target, str) else target.of(key_hash)


def names(target: Targets) -> tuple[str, ...]:
    """Every adapter that a key may go to, the official one first."""
    return (target,) if isinstance(target, str) else (target.official, target.legacy)
