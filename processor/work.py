"""What travels through the drain: a claimed event, and what its attempt came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tidegate.adapter import Repeat
from tidegate.outcome import Finding, Outcome

# Not frozen, though nobody changes them: to build a frozen one of thirty fields costs as much as
# to parse its body, and one of each is built for every attempt.


@dataclass(slots=True)
class Claimed:
    """A queue row that runs, with its event. `number` is that of its open attempt.

    `needs_left_s`: seconds that it may go on waiting for a missing link, None where it does not.
    `deadline_left_s`: seconds until a command may not start any more. `write_config`: version of
    the configuration by which the write of unknown outcome was mapped.
    """

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
    uuid: str
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
    needs_left_s: float | None = None
    deadline_left_s: float | None = None
    write_config: str | None = None

    @property
    def repeated(self) -> bool:
        """Whether an earlier attempt's outcome is still unknown."""
        return self.unknown_age_s is not None


@dataclass(slots=True)
class Trace:
    """What an attempt leaves for the record.

    `pause`: what must stand still for it. `needs`: the link without which nothing could be sent,
    and the seconds that the event waits for it. `repeat`: how its command may be repeated, and its
    time in doubt (seconds); None where nobody has mapped it. `shadow`: the write was only recorded.
    """

    rule: str = ""
    rule_version: int = 1
    status: int | None = None
    duration_ms: int = 0
    sent_boottime: float | None = None
    request: bytes | None = None
    answer: bytes | None = None
    version: str | None = None
    pause: Literal["adapter", "entity"] | None = None
    needs: tuple[bytes, float] | None = None
    repeat: tuple[Repeat, float | None] | None = None
    shadow: bool = False


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
