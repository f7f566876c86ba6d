"""Whose key it is: a picture of all API keys in this process, so that no request asks the database.

A thread looks once a second whether keys came, went or were revoked, and writes down which were
used. A key is looked up by its SHA-256: what an answer's time tells of a digest helps nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from sql.database import Database, Row
from tidegate.clock import Clock, SystemClock
from tidegate.errors import StoreError
from tidegate.telemetry import logger

ROLES = ("viewer", "operator", "admin")
"""Each may do what those before it may."""

VIEWER, OPERATOR, ADMIN = ROLES
LOOK_EVERY = 1.0
"""Seconds after which a revoked key opens nothing more, and a new one opens."""

USED_EVERY = 60.0
MOST_KEYS = 10_000
"""Keys in the picture, the newest; older ones are unknown."""

_LONGEST = 512
_log = logger("access")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is let in; `key` is the key's id, None for ADMIN_KEY."""

    owner: str
    role: str
    key: str | None = None

    def may(self, needed: str) -> bool:
        """Whether the role is `needed`, or more; one that we do not know is none."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(needed)


@dataclass(frozen=True, slots=True)
class Barred:
    """Who holds a key that opens nothing any more; `why` is revoked or expired."""

    owner: str
    role: str
    why: str


Known: TypeAlias = Holder | Barred | None


@dataclass(frozen=True, slots=True)
class _Kept:
    holder: Holder
    revoked: bool
    expires: float | None


class Keys:
    """Looks up keys on any thread; one thread steps it, see `tidegate.step`.

    Args:
        admin: ADMIN_KEY; empty opens nothing.
        db: where the other keys are; None: there are no others.
    """

    def __init__(self, admin: str, db: Database | None = None, clock: Clock | None = None) -> None:
        self._admin = admin.encode()
        self._db = db
        self._clock = clock or SystemClock()
        self._picture: Mapping[str, _Kept] = {}
        self._lock = threading.Lock()
        self._used: set[str] = set()
        self._written: dict[str, float] = {}
        self._away = False

    def look(self, given: str | None) -> Known:
        """Whose key this is; None for nobody's."""
        if not given or len(given) > _LONGEST:
            return None
        raw = given.encode("utf-8", "surrogateescape")
        if self._admin and hmac.compare_digest(self._admin, raw):
            return Holder("admin", ADMIN)
        kept = self._picture.get(hashlib.sha256(raw).hexdigest())
        if kept is None:
            return None
        holder = kept.holder
        if kept.revoked:
            return Barred(holder.owner, holder.role, "revoked")
        if kept.expires is not None and kept.expires <= self._clock.now().timestamp():
            return Barred(holder.owner, holder.role, "expired")
        if holder.key is not None:
            with self._lock:
                self._used.add(holder.key)
        return holder

    def refresh(self) -> None:
        """Look at the keys as they are now. Raises `StoreError`; then the last picture stands."""
        if self._db is None:
            return
        rows = self._db.read("keys/picture", {"n": MOST_KEYS})["keys"]
        self._picture = {row["hash"]: _kept(row) for row in rows}

    def step(self, now: float) -> float:
        """Refresh the picture, and write which keys were used since the last minute."""
        try:
            self.refresh()
            self._write_used(now)
        except StoreError as error:
            # Whoever could revoke a key could not reach the database either.
            if not self._away:
                _log.warning("keys.waiting", error=str(error))
            self._away = True
        else:
            self._away = False
        return now + LOOK_EVERY

    def _write_used(self, now: float) -> None:
        if self._db is None:
            return
        with self._lock:
            due = {
                key for key in self._used if now - self._written.get(key, -USED_EVERY) >= USED_EVERY
            }
        if not due:
            return
        self._db.run("keys/used", {"used": [{"uuid": key} for key in sorted(due)]})
        self._written |= dict.fromkeys(due, now)
        with self._lock:
            self._used -= due


def _kept(row: Row) -> _Kept:
    expires = row["expires_at"]
    return _Kept(
        Holder(row["owner"], row["role"], row["uuid"]),
        row["revoked_at"] is not None,
        datetime.fromisoformat(expires).replace(tzinfo=UTC).timestamp() if expires else None,
    )
