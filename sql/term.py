"""A term: the right to write, checked by the first statement of every leader's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sql.tables.base import SCHEMA_NO


@dataclass(frozen=True, slots=True)
class Term:
    """`(epoch, token)`: an epoch may repeat after a restore, a term does not."""

    name: str
    epoch: int
    token: str

    def fence(self) -> dict[str, Any]:
        """What a fenced script needs of it."""
        return {
            "name": self.name,
            "epoch": self.epoch,
            "token": self.token,
            "schema_no": SCHEMA_NO,
        }
