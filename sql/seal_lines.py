"""The lines of a link that closes attempts, made of what a settlement writes.

They hold the transaction's now, so they are functions of it: SQLite's transaction calls them once
it has one, and SQL Server's batch makes the same of its own rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

_REF = itemgetter("event_id", "number")


def closing(lists: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, Callable[[str], Any]]:
    """`sealed_ids` and `sealed_hash` of the lists of `queue/settle`; None where nothing closes.

    The second also dates each of `closes` that was sent (`sent_at`), since the lines say when.
    """
    closes = sorted(lists.get("closes", ()), key=_REF)
    changes = {_REF(row): row for row in lists.get("trail", ())}

    changes_of = [changes.get(ref) for ref in map(_REF, closes)]

    def ids(_: str) -> str | None:
        return ",".join([f"{row['event_id']}.{row['number']}" for row in closes]) or None

    def rows_hash(now: str) -> bytes | None:
        if not closes:
            return None
        _date(closes, now)
        lines = [_line(row, change, now) for row, change in zip(closes, changes_of, strict=True)]
        return hashlib.sha256(";".join(lines).encode()).digest()

    return {"sealed_ids": ids, "sealed_hash": rows_hash}


def _date(closes: Sequence[dict[str, Any]], now: str) -> None:
    moment = datetime.fromisoformat(now)
    for row in closes:
        ago = row["sent_ago_s"]
        sent = None if ago is None else moment - timedelta(seconds=ago)
        row["sent_at"] = None if sent is None else sent.isoformat(" ", "microseconds")


def _line(row: Mapping[str, Any], change: Mapping[str, Any] | None, now: str) -> str:
    line = (
        f"c|{row['event_id']}|{row['number']}|{row['outcome']}|{row['decision']}|{now}"
        f"|{row['detail_hash']}"
    )
    if row["sent_at"] is not None:
        line += f"|s|{row['sent_at']}"
    if change is not None:
        line += f"|a|{change['action']}|{now}|{change['row_hash']}"
    return line
