"""What retention or an erasure takes away is sealed first: a link that names what, as ranges.

The ids of such a link read `e:1-57,59;a:3-9`: events whose attempts, and rows of the audit trail,
are gone from then on. Everything else that a link names has to be there. `x:7` names events whose
data was erased: their attempts and changes are there, and say less than when they were sealed.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sql.database import Database
from sql.term import Term

PRUNE = "prune"
"""The kind of a link that says what was taken away."""

PAGE = 500

Range: TypeAlias = tuple[int, int]


class Ranges:
    """Numbers, kept as the ranges that they form."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        merged: list[list[int]] = []
        for low, high in sorted(ranges):
            if merged and low <= merged[-1][1] + 1:
                merged[-1][1] = max(merged[-1][1], high)
            else:
                merged.append([low, high])
        self._lows = [low for low, _ in merged]
        self._highs = [high for _, high in merged]

    def __bool__(self) -> bool:
        return bool(self._lows)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._lows, number) - 1
        return at >= 0 and number <= self._highs[at]

    @property
    def last(self) -> int:
        """The highest number, 0 where there is none."""
        return self._highs[-1] if self._highs else 0

    def all(self) -> list[Range]:
        """In order; no two touch."""
        return list(zip(self._lows, self._highs, strict=True))

    def text(self) -> str:
        """As a link names them."""
        return ",".join(f"{a}-{b}" if b > a else f"{a}" for a, b in self.all())


@dataclass(frozen=True, slots=True)
class Pruned:
    """What may be missing: attempts of these events, these rows of the audit trail.

    `erased`: events whose attempts and changes may be blank.
    """

    events: Ranges
    changes: Ranges
    erased: Ranges


def seal_pruned(
    db: Database,
    term: Term,
    *,
    events: Iterable[int] = (),
    audit: Iterable[int] = (),
    erased: Iterable[int] = (),
) -> None:
    """Say under a link of the leader's what the next transactions take away.

    To be called before they do: a crash in between leaves rows that may be missing, and are there.

    Args:
        events: ids of `inbox` rows whose attempts go.
        audit: ids of `audit_trail` rows that go, oldest first.
        erased: ids of `inbox` rows of which the data goes: `message` of their attempts, and
            `entity_text`, `old`, `new` and `reason` of their changes become NULL.

    Raises `Deposed` and other errors of the store; then nothing was written.
    """
    named = {"e": events, "a": audit, "x": erased}
    parts = [(name, Ranges((each, each) for each in ids)) for name, ids in named.items()]
    ids = ";".join(f"{name}:{ranges.text()}" for name, ranges in parts if ranges)
    if ids:
        db.run("seal/prune", term.fence() | {"ids": ids, "line": f"p|{ids}"})


def read_pruned(db: Database, to_seq: int) -> Pruned:
    """Everything that links up to `to_seq` name as pruned."""
    kept = {name: Ranges() for name in "eax"}
    after: int | None = 0
    while after is not None:
        found = db.read("seal/pruned", {"after": after, "to_seq": to_seq, "n": PAGE})["links"]
        parts = [each for link in found for each in _parts(link["ids"])]
        for kind, ranges in kept.items():
            kept[kind] = Ranges([*ranges.all(), *(r for name, r in parts if name == kind)])
        after = found[-1]["seq"] if len(found) == PAGE else None
    return Pruned(kept["e"], kept["a"], kept["x"])


def rows_hash_of(ids: str) -> bytes:
    """What a prune link's `rows_hash` is, from what it names."""
    return hashlib.sha256(f"p|{ids}".encode()).digest()


def _parts(ids: str) -> list[tuple[str, Range]]:
    found: list[tuple[str, Range]] = []
    for part in ids.split(";"):
        name, _, texts = part.partition(":")
        found += [(name, each) for each in _ranges(texts.split(","))]
    return found


def _ranges(texts: Sequence[str]) -> list[Range]:
    found = []
    for text in texts:
        low, _, high = text.partition("-")
        # What somebody else wrote there shows by the link's hash; here it names nothing.
        if low.isdecimal() and (not high or high.isdecimal()):
            found.append((int(low), int(high or low)))
    return found
