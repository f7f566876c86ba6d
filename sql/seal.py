"""The seal: a chain over attempts and changes, written inside the leader's transactions.

A link covers lines of ASCII text, joined by `;`. An attempt opened:

    o|event_id|number|kind|target|epoch|alone|opened_at

An attempt closed, with the change that it made if it made one:

    c|event_id|number|outcome|decision|closed_at|detail_hash[|a|action|at|row_hash]

A change that no attempt made, but an operator's request; such a link, of kind `request`, names rows
of the audit trail:

    r|id|action|at|row_hash

rows_hash = SHA-256(lines); hash = SHA-256(`hash before|rows_hash|seq|epoch|kind`), in which a
digest is spelt as four signed 64-bit numbers parted by commas. Bodies are covered by their hashes
alone, so redaction and erasure leave the chain whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sql.database import Database, Row
from sql.sqlite import seal_hash
from tidegate.fingerprint import digest

PAGE = 200

ASKED = "request"
"""The kind of a link that covers what was done on request."""

_Ref = tuple[int, int]


def verify(db: Database) -> list[str]:
    """What is wrong with the record; empty where it proves itself."""
    return list(_verify(db))


def _verify(db: Database) -> Iterator[str]:
    before: Row | None = None
    while True:
        start = 0 if before is None else before["seq"] + 1
        links = db.read("seal/links", {"from_seq": start, "n": PAGE})["links"]
        if before is None and (not links or links[0]["seq"] != 0):
            yield "the chain has no beginning"
            return
        if not links:
            return
        rows = _rows(db, [link for link in links if link["kind"] != ASKED])
        changes = _changes(db, [link for link in links if link["kind"] == ASKED])
        for link in links:
            if before is not None:
                yield from _check(before, link, rows, changes)
            before = link


def _check(
    before: Row, link: Row, rows: dict[_Ref, tuple[Row, Row | None]], changes: dict[int, Row]
) -> Iterator[str]:
    seq = link["seq"]
    if seq != before["seq"] + 1:
        yield f"links {before['seq'] + 1} to {seq - 1} are missing"
        return
    yield from _check_asked(link, changes) if link["kind"] == ASKED else _check_rows(link, rows)
    wanted = seal_hash(before["hash"], link["rows_hash"], seq, link["epoch"], link["kind"])
    if wanted != link["hash"]:
        yield f"link {seq} does not follow from link {before['seq']}"


def _check_asked(link: Row, changes: dict[int, Row]) -> Iterator[str]:
    wanted = _ids(link)
    found = [changes[each] for each in wanted if each in changes]
    lines = ["|".join(map(str, ["r", c["id"], c["action"], c["at"], c["row_hash"]])) for c in found]
    if len(found) < len(wanted):
        yield f"link {link['seq']} names changes that are not there: {link['ids']}"
    elif hashlib.sha256(";".join(lines).encode()).digest() != link["rows_hash"]:
        yield f"link {link['seq']} covers rows that were changed: {link['ids']}"
    elif any(_hash_of(each) != each["row_hash"] for each in found):
        yield f"link {link['seq']} covers changes that read otherwise now: {link['ids']}"


def _check_rows(link: Row, rows: dict[_Ref, tuple[Row, Row | None]]) -> Iterator[str]:
    seq = link["seq"]
    lines, missing, altered = [], [], []
    for ref in _refs(link):
        found = rows.get(ref)
        if found is None:
            missing.append(f"{ref[0]}.{ref[1]}")
        else:
            lines.append(_line(link["kind"], *found))
            if found[1] is not None and _hash_of(found[1]) != found[1]["row_hash"]:
                altered.append(f"{ref[0]}.{ref[1]}")
    if missing:
        yield f"link {seq} names attempts that are not there: {', '.join(missing)}"
    elif hashlib.sha256(";".join(lines).encode()).digest() != link["rows_hash"]:
        yield f"link {seq} covers rows that were changed: {link['ids']}"
    elif altered and link["kind"] != "open":
        yield f"link {seq} covers changes that read otherwise now: {', '.join(altered)}"


def _hash_of(change: Row) -> str:
    """What the row's hash was when it was written (processor: settle), from what it says now."""
    names = ("event_uuid", "action", "actor", "source", "entity", "entity_text")
    texts = [change[name] for name in (*names, "old", "new", "reason")]
    return digest(*texts).hex()


def _line(kind: str, attempt: Row, change: Row | None) -> str:
    a = attempt
    if kind == "open":
        parts = ["o", a["event_id"], a["number"], a["kind"], a["target"], a["epoch"], a["alone"]]
        return "|".join(map(str, [*parts, a["opened_at"]]))
    parts = ["c", a["event_id"], a["number"], a["outcome"], a["decision"], a["closed_at"]]
    parts.append(a["detail_hash"])
    if change is not None:
        parts += ["a", change["action"], change["at"], change["row_hash"]]
    return "|".join(map(str, parts))


def _rows(db: Database, links: list[Row]) -> dict[_Ref, tuple[Row, Row | None]]:
    wanted = sorted({f"{event}.{number}" for link in links for event, number in _refs(link)})
    found = db.read("seal/rows", {"refs": wanted})
    changes = {(row["event_id"], row["number"]): row for row in found["changes"]}
    return {
        (row["event_id"], row["number"]): (row, changes.get((row["event_id"], row["number"])))
        for row in found["attempts"]
    }


def _refs(link: Row) -> list[_Ref]:
    pairs = (text.partition(".") for text in link["ids"].split(",") if text)
    return [(_number(event), _number(number)) for event, _, number in pairs]


def _changes(db: Database, links: list[Row]) -> dict[int, Row]:
    wanted = sorted({each for link in links for each in _ids(link)})
    if not wanted:
        return {}
    return {row["id"]: row for row in db.read("seal/asked", {"ids": wanted})["changes"]}


def _ids(link: Row) -> list[int]:
    return [_number(text) for text in link["ids"].split(",")]


def _number(text: str) -> int:
    # Somebody who tampers may have written anything there; 0 is no row's.
    return int(text) if text.isdecimal() else 0
