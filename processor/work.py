"""What travels through the drain: a claimed event, and what its attempt came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from tidegate.outcome import Finding, Outcome

# Not frozen, though nobody changes them: to build a frozen one of thirty fields costs as much as
# to parse its body, and one of each is built for every attempt.


@dataclass(slots=True)
class Claimed:
    """A queue row that runs, with its event. `number` is that of its open attempt."""

    queue_id: int
    event_id: int
    key_id: int
    seq: int
    target: str
    number: int
    tries: int
    age_s: float
    unknown_age_s: float | None
    alone: bool
    crashes: int
    uuid: UUID
    source: str
    entity: str
    entity_text: str
    kind: str
    operation: str
    head_id: int | None
    owner: str | None
    trace: str | None
    accepted_at: str
    body: bytes
    media_type: str
    pointer: str
    key_hash: bytes
    write_version: str | None
    write_request: bytes | None
    sent_age_s: float | None

    @property
    def repeated(self) -> bool:
        """Whether an earlier attempt's outcome is still unknown."""
        return self.unknown_age_s is not None


@dataclass(slots=True)
class Trace:
    """What an attempt leaves for the record; `pause`: what must stand still for it."""

    rule: str = ""
    rule_version: int = 1
    status: int | None = None
    duration_ms: int = 0
    sent_boottime: float | None = None
    request: bytes | None = None
    answer: bytes | None = None
    version: str | None = None
    pause: Literal["adapter", "entity"] | None = None


@dataclass(slots=True)
class Wrote:
    """A write attempt's end."""

    claimed: Claimed
    outcome: Outcome
    trace: Trace


@dataclass(slots=True)
class Looked:
    """A probe's end."""

    claimed: Claimed
    finding: Finding
    trace: Trace


Result = Wrote | Looked
