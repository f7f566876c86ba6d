"""Kill -9 of the whole house, again and again, while senders go on: nothing lost, nothing twice."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest

from tests.e2e.house import API, ZOHO, House
from tests.e2e.wait import eventually, measured

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

ENTITIES = 30
EACH = 20
KILLS = 5
SENDERS = 12
SEED = 20261121
PATIENCE = 60.0
EVERY_PICTURE = """
[entities."zoho.products"]
kind = "state"
order = "strict"
"""
"""Under latest_wins a picture that a newer one overtakes is not written; here each must be."""


@dataclass
class Senders:
    """Post every entity's pictures in turn, several entities at a time."""

    url: str
    accepted: dict[int, list[str]] = field(default_factory=dict)
    unanswered: int = 0
    again: int = 0
    answered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def entity(self, number: int) -> None:
        """All pictures of one entity; each is posted until it is answered."""
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as http:
            self.accepted[number] = [self._post(http, number, each) for each in range(EACH)]

    def have(self, answers: int) -> bool | None:
        """True when so many posts were answered."""
        return self.answered >= answers or None

    def _post(self, http: httpx.Client, number: int, picture: int) -> str:
        body = {"item": item(number, picture)}

        def look() -> str | None:
            try:
                posted = http.post("/webhooks/products", json=body, headers=ZOHO)
            except httpx.ConnectError:
                return None
            except httpx.TransportError:
                with self._lock:
                    self.unanswered += 1
                return None
            # Only a post that got no answer before may turn out to have been accepted then.
            assert posted.status_code == 202, posted.text
            verdict = posted.json()["verdict"]
            assert verdict in ("new", "duplicate")
            with self._lock:
                self.answered += 1
                self.again += verdict == "duplicate"
            return str(posted.json()["event_id"])

        return eventually(f"an answer to {number}/{picture}", PATIENCE, look, every=0.05)


def item(number: int, picture: int) -> dict[str, Any]:
    return {
        "item_id": f"4600000000{number:09}",
        "name": f"Picture {picture}",
        "sku": f"K-{number}",
        "rate": picture,
        "last_modified_time": f"2024-05-01T10:{picture:02}:00+0100",
    }


def kills(chance: random.Random, senders: Senders) -> Iterator[float]:
    """Wait until it is time for the next kill: four among the posts, one in the backlog after."""
    points = sorted(chance.sample(range(50, ENTITIES * EACH - 50), KILLS - 1))
    for point in [*points, ENTITIES * EACH]:
        eventually(f"{point} answers", PATIENCE, partial(senders.have, point))
        yield chance.uniform(0.0, 0.15)


def test_what_was_accepted_is_applied_once_and_in_order_across_kills(parts: House) -> None:
    began = time.monotonic()
    (parts.folder / "tidegate.toml").write_text(EVERY_PICTURE)
    process = parts.up()
    senders = Senders(str(parts.http.base_url))
    with ThreadPoolExecutor(SENDERS) as pool:
        work = [pool.submit(senders.entity, number) for number in range(ENTITIES)]
        for pause in kills(random.Random(SEED), senders):
            threading.Event().wait(pause)
            process.kill()
            process = parts.up()
        for each in work:
            each.result()
    events = {event for accepted in senders.accepted.values() for event in accepted}
    assert len(events) == ENTITIES * EACH
    eventually("the queue is empty", PATIENCE, lambda: not depth(parts) or None, every=0.1)
    assert states(parts) == {"applied": len(events)}
    ledger = parts.ledger()
    assert len(ledger) == len(events)
    for number, accepted in senders.accepted.items():
        mine = [row for row in ledger if row["key"] == f"K-{number}"]
        assert [row["effect_key"] for row in mine] == accepted
        assert [row["values"]["unitPrice"] for row in mine] == list(range(EACH))
    measured(
        f"{KILLS} kills, {senders.unanswered} posts unanswered, {senders.again} of them had been"
        f" accepted, {probes(parts)} probes; {time.monotonic() - began:.1f} s"
    )


def depth(house: House) -> dict[str, Any]:
    """What is left in the queue, by target and state."""
    stats = house.http.get("/queue/stats", headers=API).json()
    return {target: each for target, each in stats["depth"].items() if any(each.values())}


def states(house: House) -> dict[str, int]:
    """How many events there are in each state."""
    return dict(rows(house, "SELECT state, count(*) FROM inbox GROUP BY state"))


def probes(house: House) -> int:
    """How many writes the kills left open: each was looked up."""
    return int(rows(house, "SELECT count(*) FROM sync_attempt WHERE kind = 'probe'")[0][0])


def rows(house: House, query: str) -> list[Any]:
    with closing(sqlite3.connect(house.database)) as connection:
        return connection.execute(query).fetchall()
