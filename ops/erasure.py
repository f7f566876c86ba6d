"""Wishes about what is kept: one entity's data erased, an archived event back, a prune now.

Erasing takes what was said, sent, answered and changed, and whose it was; hashes, times, states
and outcomes stay, so the seal verifies and a resend is still known. What is live is left alone and
counted as skipped. Messages on their way to subscribers, and the entity's link to its ERP record,
which keeps it from being created twice, stay as they are.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select

from ops.archive import Archive, bytes_of
from ops.retention import Retention
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Row
from sql.pruning import seal_pruned
from sql.reads import rows
from sql.tables.inbox import inbox
from sql.term import Term
from tidegate.errors import ConfigError
from tidegate.ids import Ids
from tidegate.telemetry import logger

LOOK = 2000
"""Events that one turn looks through."""

_ACTIONS = {"erase": "erased", "restore": "restored", "prune": "pruned"}
_BYTES = ("message_key", "content_hash", "body", "answer")
_log = logger("erasure")


def matching(db: Database, place: dict[str, str]) -> int:
    """How many events there are of `{source, entity, entity_id}`."""
    wanted = select(func.count().label("n")).where(
        inbox.c.source == place["source"],
        inbox.c.entity == place["entity"],
        inbox.c.entity_text == place["entity_id"],
    )
    return int(rows(db, wanted)[0]["n"])


def ask_erase(db: Database, ids: Ids, who: Who, place: dict[str, str], reason: str) -> str:
    """Ask for the data of `{source, entity, entity_id}` to be erased; the request's id."""
    return _ask(db, ids, who, "erase", place, reason)


def ask_restore(db: Database, ids: Ids, who: Who, archive: Archive, uuid: str, reason: str) -> str:
    """Ask for an archived event to return; the request's id.

    Raises `ConfigError` where the archive does not hold it.
    """
    record = archive.find(uuid)
    if record is None:
        raise ConfigError(
            f"the archive holds no event {uuid}",
            next_step="name the folder that [retention] archive named when it went",
        )
    kept = {name: record[name] for name in ("inbox", "payload", "delivery")}
    return _ask(db, ids, who, "restore", kept, reason, uuid)


def ask_prune(db: Database, ids: Ids, who: Who, reason: str) -> str:
    """Ask for a round of retention now; the request's id."""
    return _ask(db, ids, who, "prune", {}, reason)


def _ask(
    db: Database,
    ids: Ids,
    who: Who,
    verb: str,
    wish: dict[str, Any],
    reason: str,
    event: str | None = None,
) -> str:
    if not reason.strip():
        raise ConfigError("a reason is needed, for the record", next_step="say why: --reason")
    request = str(ids.uuid())
    asked = {"uuid": request, "verb": verb, "filter": json.dumps(wish), "event_uuid": event}
    said = {"reason": reason.strip()[:2000], "actor": who.actor, "host": who.host}
    db.run("requests/ask", asked | said | {"source": who.source})
    return request


class Erasure:
    """The leader's duty: carries out one such wish, a bounded part at a time.

    Args:
        retention: does a round where one is asked for.
        archive: what it holds of an erased entity is rewritten without it; None: there is none.
        config_version: named on every audit row.
    """

    def __init__(
        self,
        db: Database,
        retention: Retention,
        archive: Archive | None,
        config_version: str,
    ) -> None:
        self._db = db
        self._retention = retention
        self._archive = archive
        self._config_version = config_version

    def run(self, term: Term) -> bool:
        """One part; whether there is more."""
        asked = self._db.read("erase/asked", {})["asked"]
        if not asked:
            return False
        request = asked[0]
        wish = json.loads(request["filter"])
        match request["verb"]:
            case "restore":
                self._restore(term, request, wish)
            case "prune":
                self._prune(term, request)
            case _:
                self._erase(term, request, wish)
        return True

    def _prune(self, term: Term, request: Row) -> None:
        before = self._retention.gone
        more = self._retention.run(term)
        changed = request["changed"] + self._retention.gone - before
        told = {
            "matched": changed,
            "changed": changed,
            "skipped": 0,
            "result": None,
            "cursor_id": 0,
        }
        doc = {"request_id": request["id"], "state": "running" if more else "done", **told}
        row = self._row(request, {"source": "tidegate", "entity": "retention"}, None, None)
        self._db.run(
            "erase/carry_out", term.fence() | doc | {"ids": [], "trail": [] if more else [row]}
        )

    def _erase(self, term: Term, request: Row, wish: dict[str, str]) -> None:
        cursor = request["cursor_id"] or 0
        place = {name: wish.get(name, "") for name in ("source", "entity", "entity_id")}
        found = self._db.read("erase/look", place | {"cursor_id": cursor, "n": LOOK})
        seen = found["seen"][0]
        going = [row for row in found["events"] if row["state"] != "live"]
        done = seen["n"] < LOOK
        matched = request["matched"] + len(found["events"])
        changed = request["changed"] + len(going)
        result = {"skipped": "still live"} if matched > changed else {}
        if self._archive is not None and going:
            self._archive.forget({row["uuid"] for row in going})
        doc = {
            "request_id": request["id"],
            "state": "done" if done else "running",
            "cursor_id": seen["last"] or cursor,
            "matched": matched,
            "changed": changed,
            "skipped": matched - changed,
            "result": json.dumps(result) if result else None,
            "ids": [row["id"] for row in going],
            "trail": [self._row(request, place, row["uuid"], row["id"]) for row in going],
        }
        seal_pruned(self._db, term, erased=doc["ids"])
        self._db.run("erase/carry_out", term.fence() | doc)
        if done:
            _log.info("erased", request=request["uuid"], changed=changed, skipped=matched - changed)

    def _restore(self, term: Term, request: Row, wish: dict[str, Any]) -> None:
        event = _bytes(wish["inbox"])
        there = self._db.read("events/get", {"uuid": event["uuid"]})["event"]
        payload = _bytes(wish["payload"]) | {"event_uuid": event["uuid"]}
        doc: dict[str, Any] = {
            "request_id": request["id"],
            "request_state": "done",
            "changed": 0 if there else 1,
            "result": json.dumps({"skipped": "it is there"}) if there else None,
            "inbox": [] if there else [event],
            "payload": [] if there else [payload],
            "deliveries": [] if there else [_bytes(each) for each in wish["delivery"]],
            "trail": [] if there else [self._row(request, event, event["uuid"], None)],
        }
        self._db.run("erase/restore", term.fence() | doc)
        _log.info(
            "restored", request=request["uuid"], event_id=event["uuid"], changed=doc["changed"]
        )

    def _row(self, request: Row, place: Row, uuid: str | None, event_id: int | None) -> Row:
        row = {
            "event_id": event_id,
            "event_uuid": uuid,
            "action": _ACTIONS[request["verb"]],
            "actor": request["actor"],
            "source": place["source"],
            "entity": place["entity"],
            "entity_text": place.get("entity_text") if event_id is None else None,
            "reason": request["reason"],
            "host": request["host"],
            "config_version": self._config_version,
        }
        return row | {"row_hash": row_hash(row)}


def _bytes(row: Row) -> Row:
    """A row of the archive as the database takes it."""
    return {name: bytes_of(value) if name in _BYTES else value for name, value in row.items()}
