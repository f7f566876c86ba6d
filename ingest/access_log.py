"""Who asked what: a row for each kind of request in a minute, with how often it came.

Kinds beyond the bound of a minute share one row for each face and status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ingest.tally import ELSEWHERE, Tally
from sql.database import Document, Row

REFUSED = frozenset({401, 403, 429})
"""What is on record for every face; of webhooks nothing else is."""

Kind: TypeAlias = tuple[str, str, str, int, str | None, str | None]


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


class AccessLog(Tally[Kind, str]):
    """One for the process; of each kind the row that counts it is held."""

    name = "access_log"
    statement = "access/note"

    def note(self, access: Access) -> None:
        """Remember one request."""
        with self._noting():
            if self._is_new_but_full(access.kind):
                access = Access(access.face, "", ELSEWHERE, access.status)
            uuid = self._minute.get(access.kind)
            if uuid is None:
                uuid = self._minute[access.kind] = self._ids.text()
                self._open[uuid] = _row(uuid, access)
            else:
                self._again(uuid)

    def _document(self, rows: list[Row], seen: list[Row]) -> Document:
        return {"rows": rows, "seen": seen}


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
