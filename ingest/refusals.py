"""What was refused before anybody was known: rows where they are few, counts where they are many.

Whoever has no key decides how often he knocks; he must not decide how much is written. Within a
minute each source, reason and address prefix has so many rows, and the last of them counts the
rest; places beyond a bound share one. Nothing is written on the way of a request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from ingest.access_log import REFUSED, Access, AccessLog
from ingest.arrival import Arrival, Peer
from ingest.batch import LISTS, delivery_row
from ingest.verdict import Judged
from sql.database import Database, Document, Row
from tidegate.errors import Conflict, StoreError, Unstorable
from tidegate.ids import Ids
from tidegate.telemetry import logger

ROWS = 10
"""Delivery rows a minute for each source, reason and address prefix."""

PLACES = 1000
"""Such places a minute; those beyond share one for each reason."""

MOST_OPEN = 2000
"""Rows that wait for a store that is away; what comes then is counted in rows that are there."""

MOST_WRITTEN = 500
"""Rows written at once: others write to the same database."""

MINUTE = 60.0
FLUSH_EVERY = 1.0
AWAY = 5.0
FOREVER = 3600.0
API = "api"
"""The source of callers with an API key, whose own face puts them on the access log."""

ELSEWHERE = "*"
"""The source and entity of what many places share."""

Place = tuple[str, str, str]
_log = logger("refusals")


@dataclass(slots=True)
class _Window:
    rows: int = 0
    last: str = ""


@dataclass(slots=True)
class _Flight:
    """What one write carries; the same until it is known to be written."""

    rows: list[Row]
    seen: dict[str, int] = field(default_factory=dict)

    def document(self) -> Document:
        seen = [{"uuid": uuid, "n": n} for uuid, n in sorted(self.seen.items())]
        return dict.fromkeys(LISTS, ()) | {"deliveries": self.rows, "seen": seen}

    def strip(self) -> bool:
        """Take off what senders wrote; whether there was anything."""
        wordy = [row for row in self.rows if row["user_agent"] or row["headers"]]
        for row in wordy:
            row["user_agent"] = row["headers"] = None
        return bool(wordy)


class Refusals:
    """Notes refusals on any thread; one thread steps it, see `tidegate.step`.

    Args:
        config_version: named on every row.
        wake: called by the first refusal after a quiet time.
        access: has what strangers asked of webhooks on record beside it.
    """

    def __init__(
        self,
        db: Database,
        ids: Ids,
        config_version: str,
        wake: Callable[[], None] = lambda: None,
        access: AccessLog | None = None,
    ) -> None:
        self._db = db
        self._ids = ids
        self._config_version = config_version
        self._wake = wake
        self._access = access
        self._lock = threading.Lock()
        self._windows: dict[Place, _Window] = {}
        self._open: dict[str, Row] = {}
        self._seen: dict[str, int] = {}
        self._flight: _Flight | None = None
        self._minute_ends: float | None = None
        self._idle = True

    def note(self, source: str, entity: str, reason: str, status: int, peer: Peer) -> None:
        """Remember one refusal.

        Args:
            reason: the row's rule, such as `unauthorized`; one word of ours, never a sender's.
            status: what was answered.
        """
        if self._access is not None and source != API and status in REFUSED:
            path = f"/webhooks/{source}/{entity}" if entity else f"/webhooks/{source}"
            asked = Access("webhook", "POST", path, status, remote=peer.remote, reason=reason)
            self._access.note(asked)
        with self._lock:
            place: Place = (source, reason, prefix(peer.remote))
            if place not in self._windows and self._is_full():
                place, source, entity, peer = (ELSEWHERE, reason, ""), ELSEWHERE, ELSEWHERE, Peer()
            window = self._windows.setdefault(place, _Window())
            if window.rows == 0 or (window.rows < ROWS and len(self._open) < MOST_OPEN):
                row = self._row(source, entity, reason, status, peer)
                window.rows, window.last = window.rows + 1, row["uuid"]
                self._open[window.last] = row
            elif window.last in self._open:
                self._open[window.last]["seen"] += 1
            else:
                self._seen[window.last] = self._seen.get(window.last, 0) + 1
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
                self._windows.clear()
                self._minute_ends = now + MINUTE
            if self._open:
                return now
            if self._windows or self._seen:
                return now + FLUSH_EVERY
            self._idle, self._minute_ends = True, None
            return now + FOREVER

    def close(self) -> None:
        """Write what is left; to be called when nobody notes or steps any more."""
        while (self._open or self._seen or self._flight) and self._flush():
            pass

    def _is_full(self) -> bool:
        return len(self._windows) >= PLACES or len(self._open) >= MOST_OPEN

    def _row(self, source: str, entity: str, reason: str, status: int, peer: Peer) -> Row:
        uuid = str(self._ids.uuid())
        arrival = Arrival(
            delivery_id=uuid,
            event_id=uuid,
            source=source[:64],
            entity=entity[:64],
            kind="stream",
            dedup="none",
            order="strict",
            operation="update",
            channel="none",
            body=b"",
            media_type="",
            config_version=self._config_version,
            peer=peer._replace(remote=peer.remote[:100] if peer.remote else None),
        )
        return delivery_row(arrival, Judged("rejected", reason[:40], f"answered {status}"), None)

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
            self._db.run("ingest/accept", self._flight.document())
        except Conflict:
            # Only its own rows can be in its way: an earlier try was written after all.
            _log.info("refusals.written_before", rows=len(self._flight.rows))
        except Unstorable as error:
            if self._flight.strip():
                return self._flush()
            _log.error("refusals.unstorable", error=str(error), rows=len(self._flight.rows))
        except StoreError as error:
            _log.warning("refusals.waiting", error=str(error), rows=len(self._open))
            return False
        self._flight = None
        return True


@lru_cache(4096)
def prefix(remote: str | None) -> str:
    """The network that counts as one sender: /24 or /64; empty where there is no address."""
    try:
        address = ip_address(remote or "")
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))
