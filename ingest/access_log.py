"""Who asked what: a row for each kind of request in a minute, with how often it came.

Nothing is written on the way of a request. Whoever has no key decides how often he knocks, not how
much is written: kinds beyond a bound share one row for each face and status.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from sql.database import Database, Document, Row
from tidegate.errors import Conflict, StoreError, Unstorable
from tidegate.ids import Ids
from tidegate.telemetry import logger

REFUSED = frozenset({401, 403, 429})
"""What is on record for every face; of webhooks nothing else is."""

KINDS = 1000
"""Kinds of requests a minute; those beyond share a row."""

MOST_OPEN = 2000
"""Rows that wait for a store that is away."""

MOST_WRITTEN = 500
MINUTE = 60.0
FLUSH_EVERY = 1.0
AWAY = 5.0
FOREVER = 3600.0
ELSEWHERE = "*"

Kind: TypeAlias = tuple[str, str, str, int, str | None, str | None]
_log = logger("access")


@dataclass(frozen=True, slots=True)
class Access:
    """One request that was answered.

    Args:
        face: ops, purchasing, status or webhook.
        path: the route, not the address: `/events/{event_id}`.
        owner: of the key, where it was one of ours.
        reason: why it was refused.
    """

    face: str
    method: str
    path: str
    status: int
    owner: str | None = None
    role: str | None = None
    remote: str | None = None
    request_id: str | None = None
    reason: str | None = None

    @property
    def kind(self) -> Kind:
        """What shares a row within a minute."""
        return (self.face, self.method, self.path, self.status, self.owner, self.remote)


@dataclass(slots=True)
class _Flight:
    """What one write carries; the same until it is known to be written."""

    rows: list[Row]
    seen: dict[str, int] = field(default_factory=dict)

    def document(self) -> Document:
        seen = [{"uuid": uuid, "n": n} for uuid, n in sorted(self.seen.items())]
        return {"rows": self.rows, "seen": seen}


class AccessLog:
    """Notes on any thread; one thread steps it, see `tidegate.step`.

    Args:
        wake: called by the first request after a quiet time.

    `dropped` counts requests of which nothing is on record.
    """

    def __init__(self, db: Database, ids: Ids, wake: Callable[[], None] = lambda: None) -> None:
        self._db = db
        self._ids = ids
        self._wake = wake
        self._lock = threading.Lock()
        self._rows: dict[Kind, str] = {}
        self._open: dict[str, Row] = {}
        self._seen: dict[str, int] = {}
        self._flight: _Flight | None = None
        self._minute_ends: float | None = None
        self._idle = True
        self.dropped = 0

    def note(self, access: Access) -> None:
        """Remember one request."""
        with self._lock:
            kind = access.kind
            if kind not in self._rows and self._is_full():
                access = Access(access.face, "", ELSEWHERE, access.status)
                kind = access.kind
            uuid = self._rows.get(kind)
            if uuid is None:
                uuid = self._rows[kind] = self._ids.text()
                self._open[uuid] = _row(uuid, access)
            elif uuid in self._open:
                self._open[uuid]["seen"] += 1
            else:
                self._seen[uuid] = self._seen.get(uuid, 0) + 1
            was_idle, self._idle = self._idle, False
        if was_idle:
            self._wake()

    def step(self, now: float) -> float:
        """Write what was noted, about once a second; a store that is away is asked again later."""
        if not self._flush():
            return now + AWAY
        with self._lock:
            # While the store is away no minute ends, so that what waits stays bounded.
            if self._minute_ends is None:
                self._minute_ends = now + MINUTE
            elif now >= self._minute_ends:
                self._rows.clear()
                self._minute_ends = now + MINUTE
            if self._open or self._rows or self._seen:
                return now + FLUSH_EVERY
            self._idle, self._minute_ends = True, None
            return now + FOREVER

    def close(self) -> None:
        """Write what is left; to be called when nobody notes or steps any more."""
        while (self._open or self._seen or self._flight) and self._flush():
            pass

    def _is_full(self) -> bool:
        return len(self._rows) >= KINDS or len(self._open) >= MOST_OPEN

    def _take(self) -> _Flight | None:
        with self._lock:
            uuids = list(self._open)[:MOST_WRITTEN]
            flight = _Flight([self._open.pop(uuid) for uuid in uuids], self._seen)
            self._seen = {}
        return flight if flight.rows or flight.seen else None

    def _flush(self) -> bool:
        """False where the store is away."""
        self._flight = self._flight or self._take()
        if self._flight is None:
            return True
        try:
            self._db.run("access/note", self._flight.document())
        except Conflict:
            # Only its own rows can be in its way: an earlier try was written after all.
            _log.info("access_log.written_before", rows=len(self._flight.rows))
        except Unstorable as error:
            lost = sum(row["seen"] for row in self._flight.rows) + sum(self._flight.seen.values())
            self.dropped += lost
            _log.error("access_log.unstorable", error=str(error), dropped=self.dropped)
        except StoreError as error:
            _log.warning("access_log.waiting", error=str(error), rows=len(self._open))
            return False
        self._flight = None
        return True


def _row(uuid: str, access: Access) -> Row:
    return {
        "uuid": uuid,
        "face": access.face[:12],
        "method": access.method[:10],
        "path": access.path[:400],
        "status": access.status,
        "owner": access.owner,
        "role": access.role,
        "remote": access.remote[:100] if access.remote else None,
        "request_id": access.request_id[:100] if access.request_id else None,
        "reason": access.reason[:400] if access.reason else None,
        "seen": 1,
    }
