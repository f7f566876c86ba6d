"""Hashes of an earlier rule version, made anew from the stored bodies to be compared.

Source: shared design, verdict, "Hash": the newest stored body of a channel, and of a message id;
older ones, and those whose bodies are gone, match nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ingest.arrival import Arrival, Hashing
from ingest.heads import Known, Picture, Recent
from sql.database import Row, Rows
from tidegate import canon
from tidegate.bodies import json_text
from tidegate.errors import CanonError
from tidegate.fingerprint import RULE_VERSION

Wanted: TypeAlias = Mapping[str, Hashing]
"""By the event: the rules of its entity."""


def renew(
    seen: Picture, arrivals: Sequence[Arrival], read: Callable[[Sequence[str]], Rows]
) -> None:
    """Give what `arrivals` will be compared with hashes of this rule version.

    Args:
        read: `ingest/bodies` of some events.
    """
    wanted = {old.event: hashing for old, hashing in _outdated(seen, arrivals)}
    if not wanted:
        return
    fresh = dict(_hashed(read(sorted(wanted))["bodies"], wanted))
    for old, _ in _outdated(seen, arrivals):
        found = fresh.get(old.event)
        if found is None:
            continue
        if isinstance(old, Known):
            old.content_hash = found
        else:
            old.hash = found.hex()
        old.rule_version = RULE_VERSION


def _outdated(seen: Picture, arrivals: Sequence[Arrival]) -> list[tuple[Recent | Known, Hashing]]:
    found: list[tuple[Recent | Known, Hashing]] = []
    if not seen.heads and not seen.known:
        return found
    for arrival in arrivals:
        if arrival.hashing is None:
            continue
        head = seen.heads.get(arrival.head_hash) if arrival.head_hash else None
        known = seen.known.get(arrival.message_key) if arrival.message_key else None
        for old in (head.newest_of(arrival.channel) if head else None, known):
            if old is not None and old.rule_version != RULE_VERSION:
                found.append((old, arrival.hashing))
    return found


def _hashed(rows: Sequence[Row], wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    for row in rows:
        try:
            body = canon.parse(json_text(row["body"], row["media_type"]))
            content = canon.at(body, row["pointer"])
            yield row["uuid"], wanted[row["uuid"]].hashed(row["operation"], row["stamp"], content)
        except (CanonError, KeyError):
            continue
