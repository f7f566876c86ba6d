"""From a verified request to the arrivals that the writer judges. Pure: no clock, no store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest import keys, shapes, stamps
from ingest.arrival import Arrival, Peer
from ingest.places import Parts, at, fitting, scalar
from ingest.rules import Rules
from ingest.shapes import LONGEST_ID, Invalid, Record, UnknownShape
from ingest.stamps import Stamp
from ingest.verify import Covers
from tidegate.config_tables import Entity
from tidegate.errors import CanonError

UNKNOWN_ENTITY = "unknown"


@dataclass(slots=True)
class Came:
    """What every arrival of one request shares; `ids` draws an event's and a delivery's."""

    body: bytes
    media_type: str
    peer: Peer
    trace: str | None
    config_version: str
    now: datetime
    ids: Callable[[], tuple[str, str]]

    def arrival(self, source: str, entity: str, options: Entity | None, /, **read: Any) -> Arrival:
        """An arrival; without `read` nothing is known of it but where it came in."""
        event_id, delivery_id = self.ids()
        return Arrival(
            event_id=event_id,
            delivery_id=delivery_id,
            source=source,
            entity=entity,
            kind=options.kind if options else "stream",
            dedup=options.dedup if options else "none",
            order=options.order if options else "strict",
            operation="update",
            channel="shape",
            body=self.body,
            media_type=self.media_type,
            config_version=self.config_version,
            trace=self.trace,
            replay_dead=options.replay_dead if options else False,
            peer=self.peer,
            **read,
        )


def arrive(
    came: Came, parts: Parts, rules: Rules, covers: Covers
) -> tuple[Arrival, Invalid | None]:
    """The arrival of one record, with what is wrong where it is to be refused."""
    source, name, options = rules.source, rules.name, rules.options
    read = shapes.read(parts, rules, covers)
    if isinstance(read, UnknownShape):
        return came.arrival(source, name, options, unknown=read.reason), None
    if isinstance(read, Invalid):
        first = read.problems[0]
        reason = f"shape: {first.detail} at {first.pointer}"
        return came.arrival(source, name, options, refused=reason), read
    try:
        return recognised(came, read, rules), None
    except CanonError as error:
        reason = f"{error} at {error.pointer or 'the document'}"
        return came.arrival(source, name, options, unknown=reason), None


def recognised(came: Came, record: Record, rules: Rules) -> Arrival:
    """The arrival of a record that a rule fits. Raises `CanonError` for what cannot be hashed."""
    options = rules.options
    stamp, stamp_text = _stamp(came, record, rules)
    hashed = rules.hashed(record.operation, stamp_text, record.content)
    event_id, delivery_id = came.ids()
    head, key_hash, key_text = _identity(event_id, record, rules)
    # Not by name, as elsewhere: nearly all that comes is made here, and 26 names take their time.
    return Arrival(
        delivery_id,
        event_id,
        rules.source,
        rules.name,
        options.kind,
        options.dedup,
        options.order,
        record.operation,
        record.channel,
        came.body,
        came.media_type,
        came.config_version,
        record.entity_id,
        record.pointer,
        hashed,
        stamp,
        stamp_text,
        head,
        key_hash,
        fitting(key_text, LONGEST_ID),
        _message_key(record, rules, hashed),
        None if record.message_id is None else fitting(record.message_id, LONGEST_ID),
        came.trace,
        options.replay_dead,
        came.peer,
        rules,
    )


def _message_key(record: Record, rules: Rules, hashed: bytes) -> bytes | None:
    given = record.message_id
    if not given:
        return None
    return keys.message_key(rules.source, given, signed=record.signed, content_hash=hashed)


def _stamp(came: Came, record: Record, rules: Rules) -> tuple[Stamp | None, str | None]:
    """The stamp that counts, and the text that is kept and hashed."""
    if record.stamp_text is None:
        return None, None
    stamp = stamps.parse(record.stamp_text, rules.utc_offset)
    if stamp is None:
        return None, record.stamp_text
    return (stamp if stamps.believable(stamp, came.now) else None), stamp.text()


def _identity(event_id: str, record: Record, rules: Rules) -> tuple[bytes | None, bytes, str]:
    source, name, entity_id = rules.source, rules.name, record.entity_id
    named = _named_key(record, rules)
    if entity_id is None:
        return None, *(named or keys.lone_order_key(source, name, event_id))
    head = keys.head_hash(source, name, entity_id)
    return head, *(named or keys.entity_order_key(source, name, entity_id))


def _named_key(record: Record, rules: Rules) -> tuple[bytes, str] | None:
    """The key that the entity's `order_key` names; a record without the field keeps its own."""
    if rules.options.order_key is None:
        return None
    namespace, slash, pointer = rules.options.order_key.partition("/")
    value = scalar(at(record.content, slash + pointer))
    if value is None:
        return None
    return keys.named_order_key(namespace.rstrip("=") or f"{rules.source}.{rules.name}", value)
