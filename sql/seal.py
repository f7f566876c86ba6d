"""The seal: a chain over attempts and changes, written inside the leader's transactions.

A link covers lines of ASCII text, joined by `;`. An attempt opened:

    o|event_id|number|kind|target|epoch|alone|opened_at|config_version

An attempt closed, with when its request left if one did, and the change that it made if it made
one:

    c|event_id|number|outcome|decision|closed_at|detail_hash[|s|sent_at][|a|action|at|row_hash]

A change that no attempt made: such a link, of kind `request`, names rows of the audit trail:

    r|id|action|at|row_hash

What was taken away by retention; such a link, of kind `prune`, names ranges (`sql.pruning`):

    p|ids

rows_hash = SHA-256(lines); hash = SHA-256(`hash before|rows_hash|seq|epoch|kind`), in which a
digest is spelt as four signed 64-bit numbers parted by commas. Bodies are covered by their hashes
alone, so redaction and erasure leave the chain whole. Links from before schema 4 name neither
config_version nor sent_at.

Every attempt is opened and closed in a transaction that seals it, so none may be without a link.
A change that no attempt made is sealed within about a second (`processor.sealing`): one that has
none counts as not sealed yet, and after `GRACE` seconds in which the leader sealed others, as
put in by somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sql.database import Database, Row
from sql.pruning import PRUNE, Pruned, read_pruned, rows_hash_of
from sql.seal_check import check_link
from sql.seal_cover import GRACE, AttemptsSeen, ChangesSeen
from sql.seal_rows import ASKED, Link, Sealed, named_in, read_sealed
from sql.sqlite import seal_hash

__all__ = ["GRACE", "Finding", "Head", "Proof", "prove", "verify"]

PAGE = 200
"""Links that are read at once."""

GROUP = 100
"""Attempts that are read at once; their bodies are with them for as long."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed.

    `kind` is broken (a link), changed, deleted, inserted, or cut (an exported head is not there);
    `link` is the number of the link that says so, None where none does.
    """

    kind: str
    link: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of the chain at some time, kept outside of the database."""

    seq: int
    hash: str
    at: str


@dataclass(slots=True)
class Proof:
    """What a verification came to.

    `links` is the number of the newest link that was read, `to_head` that of the newest given head
    that is in the chain, `unsealed` counts changes that no link covers yet, `beside_pruned` rows
    whose link also named some that were pruned since: what such a row says of itself is checked,
    the link's hash over it cannot be.
    """

    findings: list[Finding] = field(default_factory=list)
    links: int = 0
    attempts: int = 0
    changes: int = 0
    unsealed: int = 0
    beside_pruned: int = 0
    to_head: int | None = None


def verify(db: Database) -> list[str]:
    """What is wrong with the record, in words; empty where it proves itself."""
    return [finding.text for finding in prove(db).findings]


def prove(
    db: Database, heads: Sequence[Head] = (), told: Callable[[int, int], None] = lambda *_: None
) -> Proof:
    """Recompute the whole chain and everything that it covers. Reads only, a page at a time.

    Args:
        heads: exported earlier; they must all be in the chain.
        told: the link that was reached, and the last one.
    """
    # What is there before the last link is read must be under a link that is read.
    bounds = db.read("seal/bounds", {})["bounds"][0]
    proof = Proof()
    proof.findings += _Chain(db, proof, bounds, heads, told).findings()
    return proof


class _Chain:
    """One walk along the links."""

    def __init__(
        self,
        db: Database,
        proof: Proof,
        bounds: Row,
        heads: Sequence[Head],
        told: Callable[[int, int], None],
    ) -> None:
        self._db = db
        self._proof = proof
        self._last = bounds["seq"]
        self._told = told
        self._heads = {head.seq: head for head in heads}
        self._pruned: Pruned = read_pruned(db, self._last or 0)
        self._attempts = AttemptsSeen(db, bounds["attempt_id"] or 0)
        self._changes = ChangesSeen(db, bounds["audit_id"] or 0)

    def findings(self) -> Iterator[Finding]:
        before: Row | None = None
        while (page := self._page(before)) and (before is not None or page[0]["seq"] == 0):
            for group in _groups(page):
                sealed = read_sealed(self._db, group, self._pruned)
                for link in group:
                    if before is not None:
                        yield from self._follows(before, link.row)
                        yield from self._covers(link, sealed)
                    yield from self._head(link.row)
                    before = link.row
                yield from self._loose(group)
            self._proof.links = page[-1]["seq"]
            self._told(self._proof.links, self._last)
        if before is None:
            yield Finding("broken", None, "the chain has no beginning")
        else:
            yield from self._end()

    def _page(self, before: Row | None) -> list[Row]:
        start = 0 if before is None else before["seq"] + 1
        if self._last is None or start > self._last:
            return []
        doc = {"from_seq": start, "to_seq": self._last, "n": PAGE}
        rows = self._db.read("seal/links", doc)["links"]
        return [row | {name: _bytes(row[name]) for name in ("hash", "rows_hash")} for row in rows]

    def _follows(self, before: Row, link: Row) -> Iterator[Finding]:
        seq = link["seq"]
        if seq != before["seq"] + 1:
            text = f"links {before['seq'] + 1} to {seq - 1} are missing"
            yield Finding("broken", seq, text)
            return
        wanted = seal_hash(before["hash"], link["rows_hash"], seq, link["epoch"], link["kind"])
        if wanted != link["hash"]:
            text = f"link {seq} does not follow from link {before['seq']}"
            yield Finding("broken", seq, text)

    def _covers(self, link: Link, sealed: Sealed) -> Iterator[Finding]:
        row = link.row
        if row["kind"] == PRUNE:
            if rows_hash_of(row["ids"]) != row["rows_hash"]:
                text = f"link {row['seq']} names other rows as pruned than it did"
                yield Finding("changed", row["seq"], text)
            return
        high = self._changes.high
        self._changes.sealed(link, sealed)
        for kind, text in [
            *check_link(link, sealed, self._pruned, high),
            *self._attempts.sealed(link, sealed, self._pruned),
        ]:
            yield Finding(kind, row["seq"], text)
        found, whole = link.found(sealed)
        if row["kind"] == ASKED:
            self._proof.changes += found
        else:
            self._proof.attempts += found if row["kind"] == "open" else 0
        self._proof.beside_pruned += 0 if whole else found

    def _head(self, link: Row) -> Iterator[Finding]:
        head = self._heads.pop(link["seq"], None)
        if head is None:
            return
        if head.hash == link["hash"].hex():
            self._proof.to_head = max(self._proof.to_head or 0, head.seq)
        else:
            text = f"link {head.seq} is not the one that was exported on {head.at}"
            yield Finding("cut", head.seq, text)

    def _loose(self, group: Sequence[Link]) -> Iterator[Finding]:
        """Rows between those that the group covers, and that no link does."""
        self._changes.between(group[-1].row["at"])
        for text in self._attempts.between():
            yield Finding("inserted", None, text)

    def _end(self) -> Iterator[Finding]:
        for text in self._attempts.rest():
            yield Finding("inserted", None, text)
        for text in self._attempts.closed_unsealed(self._proof.links):
            yield Finding("changed", None, text)
        overdue, self._proof.unsealed = self._changes.rest()
        for text in overdue:
            yield Finding("inserted", None, text)
        for head in sorted(self._heads.values(), key=lambda each: each.seq):
            text = f"link {head.seq}, exported on {head.at}, is not in the chain: its tail was cut"
            yield Finding("cut", head.seq, text)


def _bytes(digest: object) -> bytes:
    # SQLite keeps what somebody wrote there, text as well; it is no link's digest.
    return digest if isinstance(digest, bytes) else str(digest).encode()


def _groups(page: Sequence[Row]) -> Iterator[list[Link]]:
    """Links in turn, so many that they name about `GROUP` rows."""
    group: list[Link] = []
    size = 0
    for row in page:
        link = named_in(row)
        group.append(link)
        size += len(link.refs) + len(link.ids)
        if size >= GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group
