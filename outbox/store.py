"""The relay's tables as it sees them: typed calls over the named scripts, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sql.database import Database, Row
from sql.install import SILENT
from sql.term import Term

READY, RUNNING, SCHEDULED, DEAD = 0, 2, 3, 5
"""States of a dispatch that the relay sets; 1, waiting, is set by the claim alone."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something that happened and has not been distributed."""

    id: int
    event_uuid: str
    type: str
    subject: str
    key_hash: bytes
    data: str
    at: str
    trace: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a look found.

    Args:
        due_in_s: seconds until the next scheduled dispatch is due, None where none is scheduled.
        ready: whether a dispatch may be claimed now.
    """

    outbox: list[OutboxRow]
    due_in_s: float | None
    ready: bool


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription as the database has it.

    Args:
        types: a JSON list, or None for all.
        reason: why it is off.
    """

    id: int
    name: str
    url: str
    types: str | None
    enabled: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One message to one subscription, claimed; `attempts` is the number of its open attempt.

    Args:
        no: its place among the messages of its key to this subscription.
        enabled: whether the subscription was still on when it was claimed.
    """

    id: int
    subscription_id: int
    dkey_id: int
    no: int
    message_id: str
    event_uuid: str
    type: str
    subject: str
    data: str
    at: str
    trace: str | None
    attempts: int
    url: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """Dispatches that run now, and how many others were found to wait for one of their key."""

    dispatches: list[Dispatch]
    demoted: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """Dispatches to insert, the numbers that they use up, and the outbox rows that they replace."""

    numbers: list[Row] = field(default_factory=list)
    dispatches: list[Row] = field(default_factory=list)
    taken: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a batch of sendings changes: one transaction."""

    closes: list[Row] = field(default_factory=list)
    delivered: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)
    freed: list[Row] = field(default_factory=list)
    disabled: list[Row] = field(default_factory=list)


class RelayStore:
    """Every call but `take` is fenced: it raises `Deposed` where another term leads."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def adopt(self, term: Term) -> None:
        """Make what the former term left in flight ready again; its attempts end as unknown."""
        self._db.run("outbox/adopt", term.fence())

    def subscribe(self, term: Term, configured: Sequence[Row]) -> list[SubscriptionRow]:
        """Make the table hold `configured`; all subscriptions that there are.

        Args:
            configured: rows of name, url, types and enabled. A subscription that was disabled
                stays so until its url or types change; in a copy of another database, until a
                person enables it, and so does a new one.
        """
        doc = {"configured": list(configured), "silent_reason": SILENT}
        found = self._db.run("outbox/subscribe", term.fence() | doc)
        return [
            SubscriptionRow(**{**row, "enabled": bool(row["enabled"])})
            for row in found["subscriptions"]
        ]

    def prune(self, term: Term, keep_s: int, n: int) -> int:
        """Forget up to `n` sendings that ended longer ago; how many there were."""
        doc = {"keep_s": keep_s, "n": n}
        return int(self._db.run("outbox/prune", term.fence() | doc)["pruned"][0]["n"])

    def take(self, n: int) -> Waiting:
        """The first `n` outbox rows, and what there is to send. Reads only."""
        found = self._db.read("outbox/take", {"n": n})
        due = found["due"][0]
        rows = [OutboxRow(**row) for row in found["outbox"]]
        return Waiting(rows, due["due_in_s"], bool(due["ready"]))

    def distribute(self, term: Term, distribution: Distribution) -> None:
        """Replace outbox rows by dispatches."""
        self._db.run(
            "outbox/distribute",
            term.fence()
            | {
                "numbers": distribution.numbers,
                "dispatches": distribution.dispatches,
                "taken": distribution.taken,
            },
        )

    def claim(self, term: Term, n: int) -> Claim:
        """Start at most `n` dispatches, each with an attempt opened."""
        found = self._db.run("outbox/claim", term.fence() | {"n": n})
        dispatches = [
            Dispatch(**{**row, "enabled": bool(row["enabled"])}) for row in found["claimed"]
        ]
        return Claim(dispatches, int(found["demoted"][0]["n"]))

    def settle(self, term: Term, settlement: Settlement) -> None:
        """Write down what a batch of sendings came to. `Conflict`: a row is not as it was left."""
        self._db.run(
            "outbox/settle",
            term.fence()
            | {
                "closes": settlement.closes,
                "delivered": settlement.delivered,
                "moves": settlement.moves,
                "freed": settlement.freed,
                "disabled": settlement.disabled,
            },
        )
