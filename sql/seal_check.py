"""What links cover, spelt as it was sealed, and compared with what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from sql.audit_rows import row_hash
from sql.database import Row
from sql.pruning import Pruned
from sql.seal_rows import ASKED, Link, Ref, Sealed, named

NAMED = 10
"""Rows that a finding names; of more it gives the number."""

_WORDS = ("entity_text", "old", "new", "reason")
_CHANGES = ("applied", "refused", "letter")
"""Decisions that leave a change on record."""


def _reads_otherwise(change: Row, pruned: Pruned) -> bool:
    """Whether a change is not what its digest says."""
    if row_hash(change) == change["row_hash"]:
        return False
    bare = all(change[name] is None for name in _WORDS)
    return not (bare and change["event_id"] in pruned.erased)


def check_link(link: Link, sealed: Sealed, pruned: Pruned, high: int) -> Iterator[tuple[str, str]]:
    """Kind and text of whatever is wrong with the rows of a link.

    Args:
        high: the highest number of a change that links before this one cover.
    """
    if link.row["kind"] == ASKED:
        yield from _check_asked(link, sealed, pruned)
    else:
        yield from _check_attempts(link, sealed, pruned, high)


def _check_asked(link: Link, sealed: Sealed, pruned: Pruned) -> Iterator[tuple[str, str]]:
    seq = link.row["seq"]
    gone = [each for each in link.ids if each not in sealed.asked]
    missing = [f"change {each}" for each in gone if each not in pruned.changes]
    if missing:
        yield "deleted", f"link {seq} names what is not there: {_some(missing)}"
    rows = [sealed.asked[each] for each in link.ids if each in sealed.asked]
    odd = [f"change {each['id']}" for each in rows if _reads_otherwise(each, pruned)]
    if odd:
        yield "changed", f"link {seq} covers changes that read otherwise now: {_some(odd)}"
    elif not gone and _hashed(map(_line_of_asked, rows)) != link.row["rows_hash"]:
        names = [f"change {each}" for each in link.ids]
        yield "changed", f"link {seq} covers rows that were changed: {_some(names)}"


def _check_attempts(
    link: Link, sealed: Sealed, pruned: Pruned, high: int
) -> Iterator[tuple[str, str]]:
    seq, kind = link.row["seq"], link.row["kind"]
    gone = [ref for ref in link.refs if ref not in sealed.attempts]
    missing = [named(ref) for ref in gone if ref[0] not in pruned.events]
    if missing:
        yield "deleted", f"link {seq} names what is not there: {_some(missing)}"
    there = [ref for ref in link.refs if ref in sealed.attempts]
    odd = [] if kind == "open" else [*_odd(there, sealed, pruned)]
    if odd:
        yield "changed", f"link {seq} covers what reads otherwise now: {_some(odd)}"
        return
    if gone or any(ref[0] in pruned.events for ref in there) or _agrees(link, there, sealed):
        return
    bare = [ref for ref in there if _lacks_a_change(sealed, ref)] if kind == "close" else []
    if bare and high < pruned.changes.last:
        # Their changes went with those that are kept for so long; numbers rise with time.
        return
    if bare:
        names = [f"the change of {named(ref)}" for ref in bare]
        yield "deleted", f"link {seq} covered what is not there: {_some(names)}"
    else:
        names = [named(ref) for ref in there]
        yield "changed", f"link {seq} covers rows that were changed: {_some(names)}"


def _lacks_a_change(sealed: Sealed, ref: Ref) -> bool:
    return sealed.attempts[ref]["decision"] in _CHANGES and not sealed.changes.get(ref)


def _odd(refs: Sequence[Ref], sealed: Sealed, pruned: Pruned) -> Iterator[str]:
    for ref in refs:
        if ref in sealed.odd:
            yield f"{sealed.odd[ref]} ({named(ref)})"
        for change in sealed.changes.get(ref, ()):
            if _reads_otherwise(change, pruned):
                yield f"the change of {named(ref)}"


def _agrees(link: Link, refs: Sequence[Ref], sealed: Sealed) -> bool:
    for newest in (True, False):
        lines = [line for ref in refs for line in _lines(link, ref, sealed, newest=newest)]
        if _hashed(lines) == link.row["rows_hash"]:
            return True
    return False


def _lines(link: Link, ref: Ref, sealed: Sealed, *, newest: bool) -> Iterator[str]:
    """An attempt as its link spelt it; `newest`: as of schema 4."""
    a = sealed.attempts[ref]
    if link.row["kind"] == "open":
        parts = ["o", a["event_id"], a["number"], a["kind"], a["target"], a["epoch"], a["alone"]]
        parts += [a["opened_at"], *([a["config_version"]] if newest else [])]
        yield _joined(parts)
        return
    parts = ["c", a["event_id"], a["number"], a["outcome"], a["decision"], a["closed_at"]]
    parts.append(a["detail_hash"])
    if newest and a["sent_at"] is not None:
        parts += ["s", a["sent_at"]]
    changes = sealed.changes.get(ref)
    if not changes:
        yield _joined(parts)
    for change in changes or ():
        yield _joined([*parts, "a", change["action"], change["at"], change["row_hash"]])


def _line_of_asked(change: Row) -> str:
    return _joined(["r", change["id"], change["action"], change["at"], change["row_hash"]])


def _hashed(lines: Iterable[str]) -> bytes:
    return hashlib.sha256(";".join(lines).encode()).digest()


def _joined(parts: Sequence[object]) -> str:
    return "|".join(map(str, parts))


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
