"""Rows by the million, as the house would have left them, written by one statement per table."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Table,
    cast,
    create_engine,
    func,
    insert,
    literal,
    select,
)

from lab.bench.noop import NAME
from sql.tables.audit import audit_trail
from sql.tables.inbox import delivery, entity_head, inbox, order_key, payload
from sql.tables.outbox import outbox
from sql.tables.queue import HELD, READY, WAITING, attempt_body, sync_attempt, sync_queue

AT = "2026-11-20 10:00:00.000000"
VERSION = "0" * 64
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BODY = (
    '{"item": {"item_id": "%015d", "name": "Hard Drive", "sku": "HD-%015d", "rate": 120.50, '
    '"last_modified_time": "2026-11-20T10:00:00+0100"}}'
)
_WHOSE = {"source": "zoho", "entity": "products"}


def ready(path: Path, first: int, n: int) -> None:
    """`n` accepted events of as many keys, ready to run; ids from `first` on."""
    with closing(_Filling(path, first, n)) as fill:
        fill.accepted("live", applied=0)
        fill.put(sync_queue, event_id=fill.id, key_id=fill.id, seq=1, state=READY, **_QUEUED)
        fill.done()


def history(path: Path, first: int, n: int) -> None:
    """`n` events that were applied long ago, with all that is on record of them."""
    with closing(_Filling(path, first, n)) as fill:
        fill.accepted("applied", applied=1)
        fill.put(sync_attempt, event_id=fill.id, **_CLOSED)
        fill.put(attempt_body, event_id=fill.id, number=1, request=b"{}", answer=b"{}")
        changed = {"event_id": fill.id, "event_uuid": fill.uuid, "entity_text": fill.text}
        fill.put(audit_trail, **changed, **_WHOSE, **_CHANGED)
        told = {"event_uuid": fill.uuid, "subject": fill.text, "key_hash": fill.hash("k")}
        fill.put(outbox, **told, type="products.applied", data="{}", at=AT)
        fill.done()


def waiting(path: Path, first: int, n: int) -> None:
    """`n` events that wait on one key, behind one that is held."""
    with closing(_Filling(path, first, n)) as fill:
        fill.accepted("live", applied=0)
        queued = {"event_id": fill.id, "key_id": first, "seq": fill.i, **_QUEUED}
        state = func.iif(fill.i == 1, HELD, WAITING)
        fill.put(sync_queue, **queued, state=state)
        fill.done()


_QUEUED = {"target": NAME, "priority": 100}
_CLOSED = {
    "number": 1,
    "kind": "write",
    "target": NAME,
    "opened_at": AT,
    "closed_at": AT,
    "outcome": "applied",
    "decision": "applied",
    "rule": "adapter",
    "rule_version": 1,
    "duration_ms": 0,
    "detail_hash": VERSION,
    "config_version": VERSION,
}
_CHANGED = {
    "attempt": 1,
    "at": AT,
    "action": "applied",
    "actor": "source:zoho",
    "new": "{}",
    "config_version": VERSION,
    "row_hash": VERSION,
}


class _Filling:
    """One transaction; the rows of every table are numbered alike."""

    def __init__(self, path: Path, first: int, n: int) -> None:
        self._engine = create_engine(f"sqlite:///{path}").execution_options(
            schema_translate_map={"tidegate": None}
        )
        self._connection: Connection = self._engine.connect()
        self._numbers = _numbers(n)
        self.i: ColumnElement[int] = self._numbers.c.i
        self.id: ColumnElement[int] = self.i + (first - 1)
        self.text = func.printf("%015d", self.id)
        self.uuid = func.printf("%08x-0000-7000-8000-%012x", self.id, self.id)

    def hash(self, kind: str) -> ColumnElement[bytes]:
        return cast(func.printf(f"{kind}%031d", self.id), LargeBinary)

    def accepted(self, state: str, *, applied: int) -> None:
        place = {"id": self.id, "applied_seq": applied}
        self.put(order_key, **place, hash=self.hash("k"), text=self.text, next_seq=2, target=NAME)
        newest = {"newest": self.uuid, "recent": "[]", "version": 1}
        head = {"hash": self.hash("h"), "entity_text": self.text}
        self.put(entity_head, **place, **newest, **head, **_WHOSE)
        event = {"id": self.id, "uuid": self.uuid, "entity_text": self.text, "state": state}
        ended = {"ended_at": AT} if applied else {}
        kind = {"kind": "state", "operation": "update", "channel": "shape", "verdict": "new"}
        place = {"head_id": self.id, "key_id": self.id, "seq": 1, "content_hash": self.hash("c")}
        said = {"rule_version": 1, "accepted_at": AT, "config_version": VERSION, "trace": TRACE}
        self.put(inbox, **event, **ended, **kind, **place, **said, **_WHOSE)
        body = cast(func.printf(BODY, self.id, self.id), LargeBinary)
        self.put(
            payload, event_id=self.id, body=body, media_type="application/json", pointer="/item"
        )
        came = {"uuid": self.uuid, "event_uuid": self.uuid, "entity_text": self.text, "seen": 1}
        why = {"channel": "shape", "verdict": "new", "rule": "4:new", "reason": "nothing matches"}
        when = {"rule_version": 1, "received_at": AT, "last_at": AT, "config_version": VERSION}
        self.put(delivery, **came, **why, **when, **_WHOSE)

    def put(self, table: Table, **values: Any) -> None:
        """Every numbered row; what must not be NULL and is not given is 0."""
        given: Mapping[str, Any] = {
            column.name: 0
            for column in table.columns
            if not (column.nullable or column.primary_key)
        } | values
        selected = [
            value if isinstance(value, ColumnElement) else literal(value)
            for value in given.values()
        ]
        rows = select(*selected).select_from(self._numbers)
        self._connection.execute(insert(table).from_select(list(given), rows))

    def done(self) -> None:
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


def _numbers(n: int) -> CTE:
    one = select(cast(literal(1), Integer).label("i")).cte("numbers", recursive=True)
    return one.union_all(select(one.c.i + 1).where(one.c.i < n))


def busy(connection: sqlite3.Connection) -> bool:
    """Whether anything is ready or runs."""
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM sync_queue WHERE state = 0)"
        " OR EXISTS (SELECT 1 FROM sync_queue WHERE state = 2)"
    )
    return bool(found.fetchone()[0])
