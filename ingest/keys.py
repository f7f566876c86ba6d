"""Identity of what comes from outside: digests of length-prefixed parts, never text.

SQL Server's `=` ignores case, accents and trailing spaces by default; a digest does not.
"""

from __future__ import annotations

from functools import lru_cache

from tidegate.fingerprint import beginning, digest, digest_after


def head_hash(source: str, entity: str, entity_id: str) -> bytes:
    """The row of `entity_head`."""
    return digest_after(_begun("entity", source, entity), entity_id)


def entity_order_key(source: str, entity: str, entity_id: str) -> tuple[bytes, str]:
    """The order key of an entity that names no other: digest and text."""
    key = digest_after(_begun("key", source, entity), entity_id)
    return key, f"{source}:{entity}:{entity_id}"


def purchase_order_key(number: str) -> tuple[bytes, str]:
    """The order key of a purchase order: header, lines, receipts and commands share it.

    Numbers that differ in case alone share it too: to Business Central they are one order.
    """
    return digest("key", "po", number.upper()), f"po:{number}"


def message_key(source: str, message_id: str, *, signed: bool, content_hash: bytes) -> bytes:
    """What makes a sender's id unique; an unsigned one only together with its content."""
    return digest("message", source, message_id, None if signed else content_hash)


def idempotency_key(owner: str, key: str) -> bytes:
    """What makes a command's key unique: one caller cannot meet another's."""
    return digest("idempotency", owner, key)


def named_order_key(namespace: str, value: str) -> tuple[bytes, str]:
    """The order key that a field names; `po` is the one of purchase orders."""
    if namespace == "po":
        return purchase_order_key(value)
    return digest("key", namespace, value), f"{namespace}:{value}"


def lone_order_key(source: str, entity: str, event: str) -> tuple[bytes, str]:
    """The order key of an event whose source names nothing that could be in order."""
    return digest("key", source, entity, "event", event), f"{source}:{entity}:{event}"


@lru_cache(1024)
def _begun(kind: str, source: str, entity: str) -> bytes:
    # Sources and their entities come from the configuration, so few are ever remembered.
    return beginning(kind, source, entity)
