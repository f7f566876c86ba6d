"""An operator's desk: asks, has it carried out, and checks that nothing was lost."""

from __future__ import annotations

import json
from typing import Any

from processor.requests import Requests, order_of
from sql.seal import verify
from tests.processor.bench import House, blocking
from tidegate.adapter import Capability, Repeat
from tidegate.config import Config
from tidegate.outcome import Rejected

NO = Rejected("no", "e")
LOOKS = Capability(Repeat.PROBE, in_doubt=1.0)
NO_HASHES: dict[str, Any] = {"hashes": [], "hashes_n": 0}


def ordered(order: str, on_dead: str = "block") -> Config:
    """The shipped configuration, but products are in this order."""
    config = blocking()
    changed = {"order": order, "on_dead": on_dead}
    products = config.entities["zoho.products"].model_copy(update=changed)
    return config.model_copy(update={"entities": {**config.entities, "zoho.products": products}})


class Desk:
    """Asks, and has it carried out."""

    def __init__(self, house: House) -> None:
        pipe = house.pipe
        self.house = house
        self.requests = Requests(
            pipe.db,
            pipe.clock,
            pipe.config.version,
            order_of(pipe.config),
        )

    def ask(self, verb: str, event: str | None = None, **wish: Any) -> str:
        """Insert a request; its id."""
        uuid = str(self.house.pipe.ids.uuid())
        asked = {"uuid": uuid, "verb": verb, "filter": json.dumps(wish), "event_uuid": event}
        who = {"reason": "because", "actor": "ann", "host": "desk", "source": "cli"}
        self.house.db.run("requests/ask", asked | who)
        return uuid

    def carry_out(self) -> list[str]:
        term = self.house.pipe.leadership.term
        assert term is not None
        return self.requests.carry_out(term)

    def done(self, verb: str, event: str | None = None, **wish: Any) -> dict[str, Any]:
        """Ask, carry out, and what became of it; no event is lost and the record proves itself."""
        house, uuid = self.house, self.ask(verb, event, **wish)
        self.carry_out()
        assert verify(house.db) == []
        conserved(house)
        row = house.db.read("requests/get", {"uuid": uuid})["request"][0]
        return {**row, "result": json.loads(row["result"])}

    def key(self, event: str) -> int:
        found = self.house.db.read("requests/find_key", NO_HASHES | {"uuid": event})["keys"]
        return int(found[0]["id"])


def conserved(house: House) -> None:
    """Every live event has its row, every row a live or a dead event, and each one state."""
    wrong = house.rows(
        "SELECT i.uuid, i.state, q.state AS row_state FROM inbox i "
        "LEFT JOIN sync_queue q ON q.event_id = i.id "
        "WHERE (i.state = 'live') <> (q.id IS NOT NULL AND NOT (q.state = 5 AND i.state = 'dead'))"
    )
    assert wrong == []
    letters = house.rows("SELECT COUNT(*) AS n FROM dead_letter WHERE state = 'open'")[0]["n"]
    assert letters == house.rows("SELECT COUNT(*) AS n FROM inbox WHERE state = 'dead'")[0]["n"]


def effects(house: House) -> list[Any]:
    return [name for _, name in house.far.effects]


def dead(house: House, *names: str) -> list[str]:
    """Events of one key of which the first dies, the others come behind it."""
    house.far.answers["A"].append(NO)
    first = house.post("A", "dead")
    house.run()
    assert house.state(first) == "dead"
    behind = [house.post("A", name) for name in names]
    house.run()
    return [first, *behind]
