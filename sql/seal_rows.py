"""The rows that links name, read by the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sql.database import Database, Row
from sql.pruning import PRUNE, Pruned
from sql.seal_detail import oddity

ASKED = "request"
"""The kind of a link that covers changes which no attempt made."""

BODIES = 50
"""Attempts whose bodies are read at once."""

Ref: TypeAlias = tuple[int, int]
"""An event's id and the number of one of its attempts."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link with what it names: attempts, or changes."""

    row: Row
    refs: tuple[Ref, ...] = ()
    ids: tuple[int, ...] = ()

    def found(self, sealed: Sealed) -> tuple[int, bool]:
        """How many of the rows that it names are there, and whether all of them are."""
        if self.row["kind"] == ASKED:
            there = sum(each in sealed.asked for each in self.ids)
            return there, there == len(self.ids)
        there = sum(each in sealed.attempts for each in self.refs)
        return there, there == len(self.refs)


@dataclass(slots=True)
class Sealed:
    """What is there of the rows that a group of links names.

    `odd` says of an attempt what of it does not agree with the rest of it.
    """

    attempts: dict[Ref, Row] = field(default_factory=dict)
    changes: dict[Ref, list[Row]] = field(default_factory=dict)
    asked: dict[int, Row] = field(default_factory=dict)
    odd: dict[Ref, str] = field(default_factory=dict)


def named_in(row: Row) -> Link:
    """The rows that a link names."""
    if row["kind"] == PRUNE:
        return Link(row)
    parts = [text for text in row["ids"].split(",") if text]
    if row["kind"] == ASKED:
        return Link(row, ids=tuple(_number(text) for text in parts))
    pairs = (text.partition(".") for text in parts)
    refs = dict.fromkeys((_number(event), _number(number)) for event, _, number in pairs)
    return Link(row, refs=tuple(refs))


def read_sealed(db: Database, links: Sequence[Link], pruned: Pruned) -> Sealed:
    """The rows that `links` name, as they are now."""
    sealed = Sealed()
    refs = sorted({ref for link in links for ref in link.refs})
    if refs:
        found = db.read("seal/rows", {"refs": _texts(refs)})
        sealed.attempts = {(row["event_id"], row["number"]): row for row in found["attempts"]}
        for row in found["changes"]:
            sealed.changes.setdefault((row["event_id"], row["number"]), []).append(row)
    ids = sorted({each for link in links for each in link.ids})
    if ids:
        found = db.read("seal/asked", {"ids": ids})
        sealed.asked = {row["id"]: row for row in found["changes"]}
    closing = {ref for link in links if link.row["kind"] != "open" for ref in link.refs}
    _read_bodies(db, sealed, sorted(closing & sealed.attempts.keys()), pruned)
    return sealed


def _read_bodies(db: Database, sealed: Sealed, refs: Sequence[Ref], pruned: Pruned) -> None:
    for at in range(0, len(refs), BODIES):
        part = refs[at : at + BODIES]
        found = db.read("seal/bodies", {"refs": _texts(part)})["bodies"]
        bodies = {(row["event_id"], row["number"]): row for row in found}
        for ref in part:
            erased = ref[0] in pruned.erased and sealed.attempts[ref]["message"] is None
            if odd := oddity(sealed.attempts[ref], bodies.get(ref), erased=erased):
                sealed.odd[ref] = odd


def named(ref: Ref) -> str:
    """An attempt, for people who look into the tables."""
    return f"attempt {ref[0]}.{ref[1]}"


def _texts(refs: Sequence[Ref]) -> list[str]:
    return [f"{event}.{number}" for event, number in refs]


def _number(text: str) -> int:
    # Somebody who tampers may have written anything there; 0 is no row's.
    return int(text) if text.isdecimal() else 0
