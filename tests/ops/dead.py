"""Dead letters for tests: four of two causes, each with a key of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ops.letters import Letters
from ops.who import Who
from sql.database import Row
from sql.reads import rows
from sql.tables.audit import audit_trail
from sql.tables.queue import dead_letter
from tests.processor.bench import House
from tidegate.outcome import Rejected

ANNA = Who("cli:anna", "cli", "desk-1")
REFUSED = (
    "Item '{0}' of 0b1fc0de-{0}111-4111-8111-111111111111 is refused, no. {0}. Bearer abcdefgh{0}"
)
OUTAGE_H = 26
"""Hours between the first letter and the last."""


class Dead:
    """A house where A and B died of the same two hours apart, and C of another a day later.

    Behind A waits `behind`; D was applied.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.a = self.dies("A", REFUSED.format(1), "Application_Refused")
        house.clock.advance(2 * 3600)
        self.b = self.dies("B", REFUSED.format(2), "Application_Refused")
        house.clock.advance(24 * 3600)
        self.c = self.dies("C", "there is no vendor 100%", "Application_NoVendor")
        self.behind = house.post("A", "later")
        self.d = house.post("D", message_id="m-4711")
        house.run()

    @property
    def letters(self) -> Letters:
        return Letters(self.house.db, "config-1")

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    def dies(self, sku: str, message: str, code: str) -> str:
        self.house.far.answers[sku].append(Rejected(message, code))
        event = self.house.post(sku)
        self.house.run()
        return event

    def change(self, **values: Any) -> None:
        """Every letter reads so from now on."""
        with self.house.db.engine.begin() as connection:
            connection.execute(update(dead_letter).values(**values))

    def trail(self, action: str) -> list[Row]:
        """What is on record of one action, in order."""
        found = select(audit_trail).where(audit_trail.c.action == action)
        return rows(self.house.db, found.order_by(audit_trail.c.id))
