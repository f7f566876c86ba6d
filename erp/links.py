"""Links: which record of a far side belongs to which record of a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from sql.database import Database
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


class Links:
    """The links on record; asked in lanes, while one thread alone writes them.

    Where there is none at all, as with far sides that give no ids, nobody is asked again until
    `changed` is called: by whoever wrote links, and by a new term, which may not know of all.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._round = 0
        self._empty_in = -1

    def of(self, target: str) -> Link:
        """The links of one far side. What it gives raises the store's errors."""
        return partial(self._find, target)

    def changed(self) -> None:
        """There may be others now."""
        self._round += 1

    def _find(self, target: str, source: str, entity: str, entity_id: str) -> Linked | None:
        # A look that began before the change must not say afterwards that there is nothing.
        began = self._round
        if self._empty_in == began:
            return None
        found = self._db.read("links/get", {"hash": link_hash(target, source, entity, entity_id)})
        if not found["any"][0]["n"]:
            self._empty_in = began
        for row in found["link"]:
            return Linked(row["record_type"], row["record_id"], row["record_key"])
        return None
