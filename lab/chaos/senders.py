"""Those who send: at least once, some twice, some late, some in the wrong order."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingest import keys
from ingest.arrival import Accepted, Arrival, Peer
from ingest.arrivals import Came, recognised
from ingest.rules import Rules, rules_of
from ingest.shapes import Record
from lab.chaos.far import BOMB
from lab.chaos.house import INGESTS
from lab.chaos.ledger import POISON, SICK
from tidegate import canon
from tidegate.fingerprint import digest

if TYPE_CHECKING:
    from lab.chaos.house import Answers, House

ENTITIES = ("items", "items", "items", "prices", "invoices", "stock", "faxes", "orders")
IDS = ("a", "b", "c")
FIRST_STAMP = datetime(2026, 11, 20, tzinfo=UTC)
PATIENCE = 6.0
"""Seconds that a sender waits for an answer before it sends again."""

REUSED = ("red", "green", "blue")


@dataclass(eq=False)
class Parcel:
    """One thing that happened at a source; it may be delivered any number of times."""

    entity: str
    id: str
    value: str
    stamp: str | None
    operation: str = "update"
    message: str | None = None
    command: bool = False
    answered: bool = False
    waiting: bool = False


@dataclass(eq=False)
class Senders:
    """Builds deliveries and takes their answers.

    Args:
        bombs: whether some kill whatever process maps them.
        sick: the share of values that the far side refuses until somebody has mended something.

    `promised` are the events of which a sender was told that they are kept.
    """

    house: House
    chance: random.Random
    bombs: bool
    sick: float
    promised: dict[str, Parcel] = field(default_factory=dict)
    answers: int = 0

    def __post_init__(self) -> None:
        self._rules: dict[str, Rules] = {}
        self.parcels: list[Parcel] = []
        self._tickets: dict[int, Parcel] = {}
        self._number = 0
        self._minute = 0

    def new(self) -> None:
        """Something happens at the source, and it tells so."""
        entity = self.chance.choice(ENTITIES)
        id_ = self._id()
        if entity != "items" or self.chance.random() < 0.8:
            self.send(Parcel(entity, id_, self._value(entity), self._next_stamp()))
        if entity == "items" and self.chance.random() < 0.4:
            # What was made a moment ago may not have reached the far side yet.
            self.house.world.after_s(self.chance.uniform(0.0, 5.0), lambda: self._delete(id_))

    def _delete(self, id_: str) -> None:
        self.send(Parcel("items", id_, self._value("items"), self._next_stamp(), "delete"))

    def unstamped(self) -> None:
        """The same from a source that gives ids in place of stamps."""
        entity = self.chance.choice(("stock", "invoices", "orders"))
        parcel = Parcel(entity, self._id(), self._value(entity), None)
        parcel.message = f"m{self._number}"
        self.send(parcel)

    def command(self) -> None:
        """A caller asks for a change of an order."""
        parcel = Parcel("changes", self._id(), self._value("changes"), None, command=True)
        parcel.message = f"k{self._number}"
        self.send(parcel)

    def older(self) -> None:
        """An older state arrives after a newer one."""
        behind = self._minute - self.chance.randint(1, 6)
        self.send(Parcel("items", self._id(), self._value("items"), stamp_of(behind)))

    def again(self) -> None:
        """What was sent before is sent again, word for word."""
        if self.parcels:
            self.deliver(self.chance.choice(self.parcels[-12:]))

    def take(self, answers: Answers) -> None:
        """What senders are told."""
        for ticket, outcome in answers:
            self.answers += 1
            parcel = self._tickets.pop(ticket)
            if not isinstance(outcome, Accepted):
                self._once_more(parcel, self.chance.uniform(0.5, PATIENCE))
                continue
            parcel.answered = True
            self.house.world.trace(
                "sender",
                f"{parcel.entity} {parcel.id} {parcel.value}: {outcome.verdict} "
                f"{outcome.rule} {outcome.event_id}",
            )
            if outcome.event_id is not None:
                self.promised[outcome.event_id] = parcel

    def forget(self, there: set[str]) -> None:
        """What the database does not hold any more was lost with it, and nobody is promised it."""
        self.promised = {event: each for event, each in self.promised.items() if event in there}

    def send(self, parcel: Parcel) -> None:
        """Deliver it until somebody says that it is kept; now and then twice at once."""
        self.parcels.append(parcel)
        self.deliver(parcel)
        if self.chance.random() < 0.08:
            self.house.world.after_s(self.chance.uniform(0.0, 0.05), lambda: self.deliver(parcel))

    def deliver(self, parcel: Parcel) -> None:
        """Hand it to an ingest that answers; until then it is sent again."""
        house = self.house
        name = self.chance.choice(INGESTS)
        ticket = self._number = self._number + 1
        process = house.processes[name]
        if process.alive and process.frozen_until <= house.world.now:
            writer, role = house.writers[name]
            self._tickets[ticket] = parcel
            writer.submit(ticket, self._arrival(parcel))
            role.wake()
        self._once_more(parcel, PATIENCE)

    def _once_more(self, parcel: Parcel, wait: float) -> None:
        """Unless an answer comes first."""

        def retry() -> None:
            parcel.waiting = False
            if not parcel.answered:
                self.deliver(parcel)

        if not parcel.answered and not parcel.waiting:
            parcel.waiting = True
            self.house.world.after_s(wait, retry)

    def _arrival(self, parcel: Parcel) -> Arrival:
        content: dict[str, canon.Json] = {"id": parcel.id, "value": parcel.value}
        if parcel.stamp is not None:
            content["stamp"] = parcel.stamp
        body = canon.dumps(content)
        if parcel.command:
            return self._asked(parcel, body)
        house = self.house
        came = Came(
            body,
            "application/json",
            Peer(),
            None,
            house.config.version,
            house.world.clock.now(),
            house.ids.two_texts,
        )
        record = Record(
            "shape",
            "",
            content,
            parcel.id,
            parcel.operation,
            parcel.message,
            parcel.message is not None,
            parcel.stamp,
        )
        return recognised(came, record, self._rules_of(parcel.entity))

    def _asked(self, parcel: Parcel, body: bytes) -> Arrival:
        config, ids = self.house.config, self.house.ids
        options = config.entity("api", parcel.entity)
        key_hash, key_text = keys.purchase_order_key(parcel.id)
        return Arrival(
            delivery_id=ids.text(),
            event_id=ids.text(),
            source="api",
            entity=parcel.entity,
            kind="command",
            dedup="id",
            order=options.order,
            operation="update",
            channel="command",
            body=body,
            media_type="application/json",
            config_version=config.version,
            entity_text=parcel.id,
            content_hash=digest("POST", parcel.id, parcel.value),
            key_hash=key_hash,
            key_text=key_text,
            message_key=keys.idempotency_key("sim", str(parcel.message)),
            message_id=parcel.message,
            owner="sim",
            priority=10,
            deadline_s=options.deadline,
        )

    def _rules_of(self, entity: str) -> Rules:
        if entity not in self._rules:
            self._rules[entity] = rules_of(self.house.config, "sim", entity)
        return self._rules[entity]

    def _id(self) -> str:
        return self.chance.choice(IDS)

    def _value(self, entity: str) -> str:
        self._number += 1
        drawn = self.chance.random()
        if drawn < 0.03:
            return f"{POISON}-{self._number}"
        if self.bombs and drawn < 0.04:
            return f"{BOMB}-{self._number}"
        if drawn < 0.04 + self.sick:
            return f"{SICK}-{self._number}"
        if entity == "items" and drawn > 0.78:
            return self.chance.choice(REUSED)
        return f"v{self._number}"

    def _next_stamp(self) -> str:
        self._minute += 1
        return stamp_of(self._minute)


def stamp_of(minute: int) -> str:
    """The stamp of a minute of the source's day."""
    moment = FIRST_STAMP + timedelta(minutes=max(minute, 0))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
