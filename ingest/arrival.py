"""What a request becomes before the writer sees it, and what the writer makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from ingest.stamps import Stamp
from tidegate.canon import Json

Verdict = Literal["new", "duplicate", "stale", "conflict", "rejected"]


class Peer(NamedTuple):
    """Who sent it, as far as the request tells.

    Args:
        connection: tells its connection from others that are open now; it is not kept.
    """

    remote: str | None = None
    user_agent: str | None = None
    headers: str | None = None
    connection: object = None


class Hashing(Protocol):
    """How contents of an entity are hashed."""

    def hashed(self, operation: str, stamp: str | None, content: Json) -> bytes:
        """The hash of this rule version. Raises `CanonError`."""
        ...


NOBODY = Peer()


@dataclass(slots=True)
class Arrival:
    """One delivery, parsed, or found to be of no known shape. Nobody changes one that is made.

    Args:
        event_id: the id that it gets if it is new.
        entity_text: the source's id; None where the shape is unknown.
        head_hash: the row of `entity_head`; None for what has no content dedup.
        key_hash: the row of `order_key`; None where nothing is queued.
        message_key: digest of the sender's id, see `message_key` in `keys`.
        unknown: why the shape is unknown, None for everything else.
        refused: why it is refused although it came from a known sender, None for the rest.
        hashing: hashes its content, and what is compared with it; None where nothing is (commands).
        deadline_s: seconds after which it ends `expired` where it has not run (commands).
        respond_async: its caller does not wait, so a paused adapter is no reason to refuse it.
        off: the configuration lets nothing of its entity be written for now (commands).
        cannot: why no adapter can do it, so that only its repetition is answered (commands).
        replay_dead: whether a match that is a dead letter asks for its replay.
    """

    delivery_id: str
    event_id: str
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
    trace: str | None = None
    replay_dead: bool = False
    peer: Peer = NOBODY
    hashing: Hashing | None = None
    owner: str | None = None
    priority: int = 100
    unknown: str | None = None
    refused: str | None = None
    deadline_s: float | None = None
    respond_async: bool = False
    off: bool = False
    cannot: str | None = None


@dataclass(slots=True)
class Accepted:
    """What is durable about a delivery, and what its sender is told.

    Args:
        event_id: the event written, the one matched, or for `stale` the newest accepted.
        state: the matched event's state; `live` for what was just written.
        more: what else a refused command's caller is told.
        retry_after: seconds after which a refused command may be tried again.
    """

    delivery_id: str
    verdict: Verdict
    rule: str
    reason: str
    event_id: str | None
    state: str = "live"
    more: Mapping[str, Json] = field(default_factory=dict)
    retry_after: float | None = None
