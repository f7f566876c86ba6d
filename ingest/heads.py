"""Heads, keys and known messages as one batch sees them: read, moved in memory, written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest import stamps
from ingest.door import Door, door
from ingest.stamps import Stamp
from sql.database import Row, Rows
from tidegate.fingerprint import RULE_VERSION

KEPT = 8
"""How many hashes a head remembers (design: verdict, rule 3)."""


@dataclass(slots=True)
class Recent:
    """One accepted event's hash; it is compared only within its channel."""

    hash: str
    channel: str
    rule_version: int
    event: str

    def json(self) -> str:
        """As it is written; every part is a digest, an id or a word of ours."""
        return (
            f'{{"h": "{self.hash}", "c": "{self.channel}", "r": {self.rule_version}, '
            f'"e": "{self.event}"}}'
        )


@dataclass(slots=True)
class Head:
    """The newest accepted state of an entity."""

    hash: bytes
    source: str
    entity: str
    text: str
    seen_version: int
    version: int
    stamp: Stamp | None
    deleted: bool
    newest: str
    recent: list[Recent]
    gone: dict[str, str] = field(default_factory=dict)

    def moved(self) -> bool:
        """Whether the batch changed it."""
        return self.version != self.seen_version

    def newest_of(self, channel: str) -> Recent | None:
        """The newest of the remembered events that came in a channel."""
        return next((each for each in reversed(self.recent) if each.channel == channel), None)

    def raise_stamp(self, stamp: Stamp | None) -> None:
        """Every accepted or duplicate delivery raises the stamp; it never falls."""
        if stamp is not None and (self.stamp is None or stamp.newer_than(self.stamp)):
            self.stamp = stamp
            self.version += 1

    def accept(self, recent: Recent, *, deleted: bool, late: bool) -> None:
        """A new event of the entity; a late one is remembered and is not the newest picture."""
        self.version += 1
        if late and self.recent:
            self.recent.insert(len(self.recent) - 1, recent)
        else:
            self.recent.append(recent)
            self.newest, self.deleted = recent.event, deleted
        del self.recent[:-KEPT]

    def row(self) -> Row:
        """As it is written."""
        return {
            "hash": self.hash,
            "source": self.source,
            "entity": self.entity,
            "entity_text": self.text,
            "seen_version": self.seen_version,
            "version": self.version,
            "stamp": self.stamp.text() if self.stamp else None,
            "deleted": int(self.deleted),
            "newest": self.newest,
            "recent": f"[{', '.join([each.json() for each in self.recent])}]",
        }


@dataclass(slots=True)
class Key:
    """An order key's next place."""

    hash: bytes
    text: str
    seen_seq: int
    next_seq: int
    target: str
    held: bool = False

    def place(self) -> int:
        """The seq of the next event."""
        self.next_seq += 1
        return self.next_seq - 1

    def row(self) -> Row:
        """As it is written."""
        return {
            "hash": self.hash,
            "text": self.text,
            "seen_seq": self.seen_seq,
            "next_seq": self.next_seq,
            "target": self.target,
        }


@dataclass(slots=True)
class Known:
    """An accepted event that carries a sender's id."""

    event: str
    number: int
    content_hash: bytes | None
    state: str
    rule_version: int = RULE_VERSION


@dataclass(slots=True)
class Picture:
    """All that the verdicts of a batch lean on; `door` is looked at for commands alone."""

    heads: dict[bytes, Head] = field(default_factory=dict)
    keys: dict[bytes, Key] = field(default_factory=dict)
    known: dict[bytes, Known] = field(default_factory=dict)
    door: Door = field(default_factory=Door)


def picture(found: Rows) -> Picture:
    """From the rows of `ingest/look`."""
    return Picture(
        heads=_heads(found["heads"]),
        keys={
            row["hash"]: Key(
                row["hash"], "", row["next_seq"], row["next_seq"], row["target"], bool(row["held"])
            )
            for row in found["keys"]
        },
        known={
            row["message_key"]: Known(
                row["uuid"],
                row["message_no"],
                row["content_hash"],
                row["state"],
                row["rule_version"],
            )
            for row in found["known"]
        },
        door=door(found),
    )


def _heads(rows: Sequence[Row]) -> dict[bytes, Head]:
    """A head comes once for each of its events that ended badly."""
    heads: dict[bytes, Head] = {}
    for row in rows:
        head = heads.get(row["hash"]) or heads.setdefault(row["hash"], _head(row))
        if row["gone"] is not None:
            head.gone[row["gone"]] = row["gone_state"]
    return heads


def _head(row: Row) -> Head:
    recent: list[dict[str, Any]] = json.loads(row["recent"])
    return Head(
        hash=row["hash"],
        source="",
        entity="",
        text="",
        seen_version=row["version"],
        version=row["version"],
        stamp=stamps.parse(row["stamp"]) if row["stamp"] else None,
        deleted=bool(row["deleted"]),
        newest=row["newest"],
        recent=[Recent(each["h"], each["c"], each["r"], each["e"]) for each in recent],
    )
