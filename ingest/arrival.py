"""What a request becomes before the writer sees it, and what the writer makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ingest.stamps import Stamp

Verdict = Literal["new", "duplicate", "stale", "conflict", "rejected"]


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sent it, as far as the request tells."""

    remote: str | None = None
    user_agent: str | None = None
    headers: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery, parsed, or found to be of no known shape.

    Args:
        event_id: the id that it gets if it is new.
        entity_text: the source's id; None where the shape is unknown.
        head_hash: the row of `entity_head`; None for what has no content dedup.
        key_hash: the row of `order_key`; None where nothing is queued.
        message_key: digest of the sender's id, see `message_key` in `keys`.
        unknown: why the shape is unknown, None for everything else.
        refused: why it is refused although it came from a known sender, None for the rest.
    """

    delivery_id: UUID
    event_id: UUID
    source: str
    entity: str
    kind: str
    dedup: str
    order: str
    operation: str
    channel: str
    body: bytes
    media_type: str
    config_version: str
    entity_text: str | None = None
    pointer: str = ""
    content_hash: bytes | None = None
    stamp: Stamp | None = None
    stamp_text: str | None = None
    head_hash: bytes | None = None
    key_hash: bytes | None = None
    key_text: str = ""
    message_key: bytes | None = None
    message_id: str | None = None
    owner: str | None = None
    priority: int = 100
    trace: str | None = None
    unknown: str | None = None
    refused: str | None = None
    peer: Peer = Peer()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is durable about a delivery, and what its sender is told.

    Args:
        event_id: the event written, the one matched, or for `stale` the newest accepted.
        state: the matched event's state; `live` for what was just written.
    """

    delivery_id: UUID
    verdict: Verdict
    rule: str
    reason: str
    event_id: UUID | None
    state: str = "live"
