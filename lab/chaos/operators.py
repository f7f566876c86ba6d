"""The people of a simulation: they decide about what is dead, hold keys, and never lie.

Who resolves a letter of unknown outcome has looked at the far side, and waited until nothing of it
can land any more.
"""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lab.chaos.house import TARGET, House
from lab.chaos.oracle import Oracle
from ops.pauses import Pauses, Place
from ops.requests import Wish
from ops.requests import ask as insert
from ops.who import Who

WHO = Who("ann", "cli", "desk")
PLACE = Place(TARGET, None)

_LETTERS = """
SELECT d.event_uuid AS uuid, d.reason, json_extract(CAST(p.body AS TEXT), '$.value') AS value
FROM dead_letter d JOIN payload p ON p.event_id = d.event_id WHERE d.state = 'open' ORDER BY d.id
"""
_KEYS = "SELECT id, held FROM order_key ORDER BY id"


@dataclass(eq=False)
class Operators:
    """Ask the leader, by rows of `operator_request`, as the CLI does.

    `out_of_order` are the events of which somebody said that order does not matter.
    """

    house: House
    oracle: Oracle
    chance: random.Random
    out_of_order: set[str] = field(default_factory=set)

    def letter(self) -> None:
        """Decide about a dead letter."""
        letters = self.oracle.rows(_LETTERS)
        if not letters:
            return
        self._decide(self.chance.choice(letters))

    def hold(self) -> None:
        """Hold a key, or let it go on."""
        keys = self.oracle.rows(_KEYS)
        if keys:
            key = self.chance.choice(keys)
            self.ask("release" if key["held"] else "hold", None, key_id=key["id"])

    def release_all(self) -> None:
        """Nothing is held by a person any more."""
        for key in self.oracle.rows(_KEYS):
            if key["held"]:
                self.ask("release", None, key_id=key["id"])

    def pause(self) -> None:
        """All of the far side stands still for a while."""
        self.house.world.trace("operator", "pauses all")
        self._pauses().pause(PLACE, "simulated", None, self.house.world.clock.now())
        self.house.world.after_s(self.chance.uniform(2.0, 30.0), self.resume)

    def resume(self) -> None:
        """It goes on."""
        self.house.world.trace("operator", "lets all go on")
        self._pauses().resume(PLACE, "simulated")

    def _pauses(self) -> Pauses:
        return Pauses(self.house.db(), self.house.config, WHO)

    def _decide(self, letter: sqlite3.Row) -> None:
        uuid, ledger = letter["uuid"], self.house.ledger
        effect = UUID(uuid)
        if ledger.under_way[effect]:
            return
        done = ledger.effects[effect] > 0
        if letter["reason"] == "unknown" or (letter["reason"] == "quarantined" and done):
            self.ask("resolve", uuid, applied=done)
            return
        verb = self.chance.choice(("replay", "replay", "skip", "discard"))
        if verb == "replay":
            ledger.cured.add(letter["value"])
        if verb == "replay" and self.chance.random() < 0.3:
            self.out_of_order.add(uuid)
            self.ask("replay", uuid, out_of_order=True)
        else:
            self.ask(verb, uuid)

    def ask(self, verb: str, event: str | None, **wish: Any) -> None:
        """Insert a request; the leader carries it out."""
        self.house.world.trace("operator", f"{verb} {event or ''} {wish or ''}")
        insert(self.house.db(), self.house.ids, WHO, Wish(verb, "simulated", wish, event))
