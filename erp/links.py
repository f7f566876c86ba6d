"""Links: which record of a far side belongs to which record of a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.fingerprint import digest


@dataclass(frozen=True, slots=True)
class Linked:
    """A far record, as `Applied.link` told of it.

    Args:
        record_type: the far side's name for its kind, such as `customers`; empty where nobody
            knows (a placeholder).
        record_id: its id there.
        record_key: its natural key there, such as an item's number.
    """

    record_type: str
    record_id: str
    record_key: str


Link: TypeAlias = Callable[[str, str, str], Linked | None]
"""The far record of a source's entity: source, entity and id in, None where there is none yet."""


def link_hash(target: str, source: str, entity: str, entity_id: str) -> bytes:
    """The row of `entity_link`, and what `sync_queue.needs_hash` waits for.

    Args:
        target: the adapter whose record it is; each far side has links of its own.
    """
    return digest("link", target, source, entity, entity_id)


def no_links(_source: str, _entity: str, _entity_id: str) -> Linked | None:
    """A far side that nothing is known of."""
    return None
