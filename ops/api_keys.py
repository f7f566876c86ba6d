"""API keys: made once and shown once, kept as a digest, revoked for good, all on record."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.access import ROLES
from ingest.reports import iso
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Row
from sql.sqlite import stamp
from tidegate import canon
from tidegate.errors import TidegateError
from tidegate.ids import Ids, random_bytes

MOST_LISTED = 10_000
LONGEST_OWNER = 100
LONGEST_REASON = 2000

_PREFIX_BYTES, _SECRET_BYTES = 5, 20
_PREFIX = re.compile(r"tg_[a-z2-7]{8}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class WrongKey(TidegateError):
    """What was asked for a key cannot be; nothing was written."""


class NoSuchKey(TidegateError):
    """No key goes by that, or several do."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `key` is shown now and never again."""

    key_id: str
    key: str
    prefix: str


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """Makes and revokes keys, in the name of `who`.

    Args:
        config_version: named on the record.
        draw: `draw(n)` gives n random bytes.
    """

    db: Database
    ids: Ids
    who: Who
    config_version: str
    draw: Callable[[int], bytes] = random_bytes

    def create(self, owner: str, role: str, expires: datetime | None, now: datetime) -> NewKey:
        """Make a key of an owner; several of one owner are one caller. Raises `WrongKey`."""
        owner = owner.strip()
        _check(owner, role, expires, now)
        prefix = f"tg_{_letters(self.draw(_PREFIX_BYTES))}"
        key = f"{prefix}_{_letters(self.draw(_SECRET_BYTES))}"
        made = NewKey(str(self.ids.uuid()), key, prefix)
        ends = stamp(expires.astimezone(UTC)) if expires else None
        told = {"owner": owner, "role": role, "prefix": prefix, "expires_at": iso(ends)}
        doc = {
            "uuid": made.key_id,
            "owner": owner,
            "role": role,
            "prefix": prefix,
            "hash": hashlib.sha256(key.encode()).hexdigest(),
            "expires_at": ends,
        }
        self.db.run("keys/create", doc | self._record("key created", made.key_id, None, told, None))
        return made

    def revoke(self, wanted: str, reason: str) -> dict[str, Any]:
        """The key that goes by an id or a prefix, which opens nothing within two seconds.

        Raises `NoSuchKey`, and `WrongKey` where there is no reason or it was revoked before.
        """
        if not 0 < len(reason.strip()) <= LONGEST_REASON:
            raise WrongKey(f"a reason has 1 to {LONGEST_REASON} characters")
        row = find(self.db, wanted)
        old = {"owner": row["owner"], "role": row["role"], "revoked": False}
        record = self._record("key revoked", row["uuid"], old, {"revoked": True}, reason.strip())
        if not self.db.run("keys/revoke", {"uuid": row["uuid"]} | record)["revoked"]:
            raise WrongKey(f"{row['prefix']} was revoked before: {iso(row['revoked_at'])}")
        return _told(find(self.db, row["uuid"]))

    def _record(
        self,
        action: str,
        key_id: str,
        old: dict[str, Any] | None,
        new: dict[str, Any],
        reason: str | None,
    ) -> dict[str, Any]:
        before, after = canon.text(old) if old else None, canon.text(new)
        row = {
            "action": action,
            "actor": self.who.actor,
            "source": "tidegate",
            "entity": "api_key",
            "entity_text": key_id,
            "old": before,
            "new": after,
            "reason": reason,
            "host": self.who.host,
        }
        beside = {"config_version": self.config_version, "fields": json.dumps(sorted(new))}
        return row | beside | {"row_hash": row_hash({"event_uuid": None} | row)}


def listed(db: Database, limit: int = 100) -> list[dict[str, Any]]:
    """Keys, the newest first: owner, role, prefix, and how they stand."""
    rows = db.read("keys/list", {"n": min(limit, MOST_LISTED)})["keys"]
    return [_told(row) for row in rows]


def find(db: Database, wanted: str) -> Row:
    """The one key that goes by an id or a prefix. Raises `NoSuchKey`."""
    text = wanted.strip().lower()
    prefix = _PREFIX.match(text)
    uuid = text if _UUID.fullmatch(text) else None
    if uuid is None and prefix is None:
        raise NoSuchKey(
            "a key goes by its id, or by its prefix tg_…", next_step="see tidegate api-keys list"
        )
    doc = {"uuid": uuid, "prefix": prefix[0] if prefix else None}
    rows = db.read("keys/find", doc)["keys"]
    if not rows:
        raise NoSuchKey("there is no such key", next_step="see tidegate api-keys list")
    if len(rows) > 1:
        raise NoSuchKey("several keys share that prefix", next_step="give the key's id")
    return rows[0]


def _check(owner: str, role: str, expires: datetime | None, now: datetime) -> None:
    if not 0 < len(owner) <= LONGEST_OWNER or not owner.isprintable():
        raise WrongKey(f"an owner has 1 to {LONGEST_OWNER} printable characters")
    # The record must tell them apart: who has ADMIN_KEY is `admin`, who has the DSN is `cli:…`.
    if owner.casefold() == "admin" or owner.casefold().startswith("cli:"):
        raise WrongKey(f"{owner!r} is taken", next_step="name the person or the program")
    if role not in ROLES:
        raise WrongKey(f"{role!r} is none of {', '.join(ROLES)}")
    if expires is not None and expires <= now:
        raise WrongKey("it would have expired already")


def _letters(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=").lower()


def _told(row: Row) -> dict[str, Any]:
    expired = row["expires_at"] is not None and row["expires_at"] <= row["now"]
    state = "revoked" if row["revoked_at"] else "expired" if expired else "live"
    return {
        "key_id": row["uuid"],
        "owner": row["owner"],
        "role": row["role"],
        "prefix": row["prefix"],
        "state": state,
        "created_at": iso(row["created_at"]),
        "created_by": row["created_by"],
        "expires_at": iso(row["expires_at"]),
        "last_used_at": iso(row["last_used_at"]),
        "revoked_at": iso(row["revoked_at"]),
        "revoked_by": row["revoked_by"],
    }
