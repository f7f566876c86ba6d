"""Wishes about what is kept: one entity's data erased, an archived event back, a prune now.

Erasing takes what was said, sent, answered and changed, and whose it was; hashes, times, states
and outcomes stay, so the seal verifies and a resend is still known. What is live is left alone and
counted as skipped. Messages on their way to subscribers, and the entity's link to its ERP record,
which keeps it from being created twice, stay as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from ops.archive import Archive, bytes_of
from ops.retention import Retention
from ops.who import Who
from sql.audit_rows import row_hash
from sql.database import Database, Row
from sql.pruning import seal_pruned
from sql.reads import rows
from sql.states import ENDS
from sql.tables.audit import audit_trail
from sql.tables.inbox import delivery, inbox, payload
from sql.term import Term
from tidegate.errors import ConfigError, Conflict, Unstorable
from tidegate.ids import Ids
from tidegate.telemetry import logger

LOOK = 2000
"""Events that one turn looks through."""

_ACTIONS = {"erase": "erased", "restore": "restored", "prune": "pruned"}
_BYTES = ("message_key", "content_hash", "body", "answer")
_OWN_FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What a wish may come to that nobody here wrote."""

_log = logger("erasure")


@dataclass(slots=True)
class _Behind:
    """How far an erasure is with what is behind the events; whoever leads next begins it anew.

    Args:
        files: of the archive, to be rewritten.
        cursor: changes up to this one were looked through, None for all.
        lines: that went from the archive.
    """

    request: int
    files: list[Path]
    cursor: int | None = 0
    lines: int = 0


def matching(db: Database, place: dict[str, str]) -> int:
    """How many events there are of `{source, entity, entity_id}`."""
    wanted = select(func.count().label("n")).where(
        inbox.c.source == place["source"],
        inbox.c.entity == place["entity"],
        inbox.c.entity_text == place["entity_id"],
    )
    return int(rows(db, wanted)[0]["n"])


def left_behind(db: Database, archive: Archive | None, place: dict[str, str]) -> bool:
    """Whether events that have left the database left something of it on record, or archived."""
    wanted = select(audit_trail.c.id).where(
        audit_trail.c.source == place["source"],
        audit_trail.c.entity == place["entity"],
        audit_trail.c.entity_text == place["entity_id"],
        audit_trail.c.event_id.is_not(None),
    )
    return bool(rows(db, wanted.limit(1))) or (archive is not None and archive.holds(place))


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
            next_step="name the folder that [retention] archive named when it went: --archive",
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
        self._behind: _Behind | None = None

    def run(self, term: Term) -> bool:
        """One part; whether there is more."""
        asked = self._db.read("erase/asked", {})["asked"]
        if not asked:
            return False
        request = asked[0]
        try:
            self._carry_out(term, request)
        except (*_OWN_FAULTS, ConfigError, Conflict, Unstorable) as error:
            # It would stand in the way of every later one for ever.
            _log.error("wish.failed", request=request["uuid"], error=repr(error))
            why = str(error) if isinstance(error, ConfigError) else "what it names cannot be used"
            counts = {name: request[name] for name in ("matched", "changed", "skipped")}
            self._tell(term, request, "failed", counts, {"error": why})
        return True

    def _carry_out(self, term: Term, request: Row) -> None:
        wish = json.loads(request["filter"])
        match request["verb"]:
            case "restore":
                self._restore(term, request, wish)
            case "prune":
                self._prune(term, request)
            case _:
                place = {name: str(wish[name]) for name in ("source", "entity", "entity_id")}
                if self._behind is None or self._behind.request != request["id"]:
                    self._erase(term, request, place)
                else:
                    self._erase_behind(term, request, place, self._behind)

    def _tell(
        self, term: Term, request: Row, state: str, counts: Row, result: Row, **more: Any
    ) -> None:
        """How far a request is."""
        doc = {"request_id": request["id"], "state": state, "cursor_id": request["cursor_id"] or 0}
        lists: dict[str, Any] = {"ids": [], "trail": []}
        told = {"result": json.dumps(result) if result else None}
        self._db.run("erase/carry_out", term.fence() | doc | counts | told | lists | more)

    def _prune(self, term: Term, request: Row) -> None:
        before = self._retention.gone
        more = self._retention.run(term)
        changed = request["changed"] + self._retention.gone - before
        counts = {"matched": changed, "changed": changed, "skipped": 0}
        row = self._row(request, {"source": "tidegate", "entity": "retention"}, None, None)
        trail = [] if more else [row]
        self._tell(term, request, "running" if more else "done", counts, {}, trail=trail)

    def _erase(self, term: Term, request: Row, place: dict[str, str]) -> None:
        """What is in the database."""
        cursor = request["cursor_id"] or 0
        found = self._db.read("erase/look", place | {"cursor_id": cursor, "n": LOOK})
        seen, mine = found["seen"][0], _of(place, found["events"])
        going = [row for row in mine if row["state"] != "live"]
        changed = request["changed"] + len(going)
        matched = request["matched"] + len(mine)
        counts = {"matched": matched, "changed": changed, "skipped": matched - changed}
        ids = [row["id"] for row in going]
        trail = [self._row(request, place, row["uuid"], row["id"]) for row in going]
        cursor = seen["last"] or cursor
        seal_pruned(self._db, term, erased=ids)
        self._tell(term, request, "running", counts, {}, cursor_id=cursor, ids=ids, trail=trail)
        if seen["n"] < LOOK:
            files = self._archive.files() if self._archive is not None else []
            self._behind = _Behind(request["id"], files)

    def _erase_behind(
        self, term: Term, request: Row, place: dict[str, str], behind: _Behind
    ) -> None:
        """What events that have left the database left behind: changes on record, the archive."""
        if behind.cursor is not None:
            doc = place | {"cursor_id": behind.cursor, "n": LOOK}
            found = self._db.read("erase/changes", doc)
            changes = _of(place, found["changes"])
            if changes:
                ids = sorted({row["event_id"] for row in changes})
                seal_pruned(self._db, term, erased=ids)
                self._db.run("erase/blank", term.fence() | {"ids": ids})
            seen = found["seen"][0]
            behind.cursor = seen["last"] if seen["n"] == LOOK else None
        elif behind.files and self._archive is not None:
            behind.lines += self._archive.forget(behind.files.pop(0), place)
        else:
            counts = {name: request[name] for name in ("matched", "changed", "skipped")}
            result = {"skipped": "still live"} if counts["skipped"] else {}
            self._tell(term, request, "done", counts, result)
            self._behind = None
            _log.info("erased", request=request["uuid"], **counts, archived=behind.lines)

    def _restore(self, term: Term, request: Row, wish: dict[str, Any]) -> None:
        event = _columns(inbox, wish["inbox"])
        if event["state"] not in ENDS:
            raise ValueError("only what came to an end was archived")
        there = self._db.read("events/get", {"uuid": event["uuid"]})["event"]
        body = _columns(payload, wish["payload"]) | {"event_uuid": event["uuid"]}
        doc: dict[str, Any] = {
            "request_id": request["id"],
            "request_state": "done",
            "changed": 0 if there else 1,
            "result": json.dumps({"skipped": "it is there"}) if there else None,
            "inbox": [] if there else [event],
            "payload": [] if there else [body],
            "deliveries": [] if there else [_columns(delivery, row) for row in wish["delivery"]],
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
            # Whose it was stands on the event alone, so that an erasure finds it.
            "entity_text": None,
            "reason": request["reason"],
            "host": request["host"],
            "config_version": self._config_version,
        }
        return row | {"row_hash": row_hash(row)}


def _of(place: dict[str, str], found: list[Row]) -> list[Row]:
    """Those of this very id: a server may hold `A` and `a` to be the same."""
    return [row for row in found if row["entity_text"] == place["entity_id"]]


def _columns(table: Table, row: Row) -> Row:
    """A row of the archive as the database takes it: an older one lacks columns."""
    kept = {column.name: row.get(column.name) for column in table.columns}
    found = {name: bytes_of(kept[name]) if name in _BYTES else kept[name] for name in kept}
    if any(isinstance(value, list | dict) for value in found.values()):
        raise TypeError("a column holds what no column holds")
    return found
