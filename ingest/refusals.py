"""What was refused before anybody was known: rows where they are few, counts where they are many.

Within a minute each source, reason and address prefix has so many rows, and the last of them counts
the rest; such places beyond the bound of a minute share rows for each reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from ingest.access_log import REFUSED, Access, AccessLog
from ingest.arrival import Arrival, Peer
from ingest.batch import LISTS, delivery_row
from ingest.tally import ELSEWHERE, MOST_OPEN, Tally
from ingest.verdict import Judged
from sql.database import Database, Document, Row
from tidegate.ids import Ids

ROWS = 10
"""Delivery rows a minute for each source, reason and address prefix."""

API = "api"
"""The source of callers with an API key, whose own face puts them on the access log."""

Place = tuple[str, str, str]


@dataclass(slots=True)
class _Window:
    rows: int = 0
    last: str = ""


class Refusals(Tally[Place, _Window]):
    """One for the process.

    Args:
        config_version: named on every row.
        access: has what strangers asked of webhooks on record beside it.
    """

    name = "refusals"
    statement = "ingest/accept"

    def __init__(
        self,
        db: Database,
        ids: Ids,
        config_version: str,
        wake: Callable[[], None] = lambda: None,
        access: AccessLog | None = None,
    ) -> None:
        super().__init__(db, ids, wake)
        self._config_version = config_version
        self._access = access

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
        with self._noting():
            place: Place = (source, reason, prefix(peer.remote))
            if self._is_new_but_full(place):
                place, source, entity, peer = (ELSEWHERE, reason, ""), ELSEWHERE, ELSEWHERE, Peer()
            window = self._minute.setdefault(place, _Window())
            if window.rows == 0 or (window.rows < ROWS and len(self._open) < MOST_OPEN):
                row = self._row(source, entity, reason, status, peer)
                window.rows, window.last = window.rows + 1, row["uuid"]
                self._open[window.last] = row
            else:
                self._again(window.last)

    def _document(self, rows: list[Row], seen: list[Row]) -> Document:
        return dict.fromkeys(LISTS, ()) | {"deliveries": rows, "seen": seen}

    def _strip(self, rows: list[Row]) -> bool:
        """Take off what senders wrote; whether there was anything."""
        wordy = [row for row in rows if row["user_agent"] or row["headers"]]
        for row in wordy:
            row["user_agent"] = row["headers"] = None
        return bool(wordy)

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
