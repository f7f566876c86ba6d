"""Retention, erasure, restoring and alerts do the same on SQL Server as on SQLite, row by row."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from sql.database import Database, Rows
from sql.mssql import MssqlDatabase
from sql.pruning import seal_pruned
from sql.sqlite import SqliteDatabase, stamp
from sql.term import Term
from tests.sql.scenario import life
from tests.sql.stores import created, emptied, every_row
from tidegate.clock import ManualClock

pytestmark = pytest.mark.mssql

WHO = {"reason": "Größe 😀", "actor": "ann", "host": "desk", "source": "cli"}
_KEPT = ("inbox", "payload", "delivery")


def term_of(db: Database) -> Term:
    """Who leads at the end of the scenario."""
    row = db.read("leader/observe", {"name": "sync"})["leader"][0]
    return Term("sync", row["epoch"], row["token"])


def ask(db: Database, number: int, verb: str) -> None:
    uuid = f"90000000-0000-4000-8000-00000000000{number}"
    db.run("requests/ask", {"uuid": uuid, "verb": verb, "filter": "{}", "event_uuid": None} | WHO)


def trail(event: dict[str, Any], action: str, event_id: int | None) -> dict[str, Any]:
    said = {"event_id": event_id, "event_uuid": event["uuid"], "action": action, "actor": "ann"}
    where = {"source": event["source"], "entity": event["entity"], "entity_text": None}
    return said | where | {"reason": "r", "host": "h", "config_version": "c", "row_hash": "0" * 64}


def kept(db: Database, clock: ManualClock) -> list[Rows]:
    """Look, archive, prune, erase, restore; all that was found."""
    long_ago = dict.fromkeys(("audit", "requests", "alerts", "processes"))
    now = stamp(clock.now() + timedelta(days=1))
    found = [db.read("prune/look", {"cursor": "c", "n": 9})]
    ended = [row for row in found[0]["events"] if row["state"] not in ("live", "dead")]
    found.append(db.read("prune/read", {"ids": [row["id"] for row in ended]}))
    found.append(db.read("prune/deliveries", {"cursor": "d", "n": 9}))
    every = dict.fromkeys(("events", "bodies", "deliveries", "dispatches", "access"), now)
    found.append(db.read("prune/plan", long_ago | every))
    first, second = ended[:2]
    place = {"cursor": "c", "at": 3}
    found.append(db.run("prune/bodies", term_of(db).fence() | place | {"ids": [first["id"]]}))
    ask(db, 1, "erase")
    request = db.read("erase/asked", {})["asked"][0]
    told = {"request_id": request["id"], "state": "done", "cursor_id": 9, "result": None}
    counts = {"matched": 2, "changed": 1, "skipped": 1, "ids": [second["id"]]}
    whose = found[1]["inbox"][1]
    seal_pruned(db, term_of(db), erased=[second["id"]])
    rows = {"trail": [trail(whose, "erased", second["id"])]}
    found.append(db.run("erase/carry_out", term_of(db).fence() | told | counts | rows))
    look = {name: whose[name] for name in ("source", "entity")} | {"entity_id": "x"}
    found.append(db.read("erase/look", look | {"cursor_id": 0, "n": 9}))
    seal_pruned(db, term_of(db), events=[first["id"]])
    found.append(db.run("prune/events", term_of(db).fence() | place | {"ids": [first["id"]]}))
    gone_of = {name: found[1]["inbox"][0][name] for name in ("source", "entity")}
    gone_of |= {"entity_id": found[1]["audit_trail"][0]["entity_text"], "cursor_id": 0, "n": 9}
    left = db.read("erase/changes", gone_of)
    assert left["changes"]
    ids = [row["event_id"] for row in left["changes"]]
    seal_pruned(db, term_of(db), erased=[first["id"]])
    found += [left, db.run("erase/blank", term_of(db).fence() | {"ids": ids})]
    rest = {"cursor": "d", "at": 2, "n": 9, "ids": [1, 2], "access": now, **long_ago}
    found.append(db.run("prune/rest", term_of(db).fence() | rest))
    found.append(db.read("prune/oldest_audit", {"before": now, "n": 2}))
    found.append(db.run("prune/audit", term_of(db).fence() | {"before": now, "ids": [1]}))
    ask(db, 2, "restore")
    request = db.read("erase/asked", {})["asked"][0]
    gone = {name: found[1][name] for name in _KEPT}
    event = gone["inbox"][0]
    payload = gone["payload"][0] | {"event_uuid": event["uuid"]}
    doc = {"request_id": request["id"], "request_state": "done", "changed": 1, "result": None}
    doc |= {"inbox": [event], "payload": [payload], "trail": [trail(event, "restored", None)]}
    doc["deliveries"] = [row for row in gone["delivery"] if row["event_uuid"] == event["uuid"]]
    found.append(db.run("erase/restore", term_of(db).fence() | doc))
    return found + watched(db, clock)


def watched(db: Database, clock: ManualClock) -> list[Rows]:
    """Alerts raised, told, seen and cleared."""
    alert = {"code": "queue-late", "subject": "Größe 😀", "severity": "critical", "text": "late"}
    other = alert | {"code": "disk-low", "text": "little room"}
    raised = {"raised": [alert, other], "cleared": []}
    found = [db.read("alerts/numbers", {}), db.run("alerts/keep", term_of(db).fence() | raised)]
    clock.advance(61.0)
    again = {"raised": [alert | {"text": "later"}], "cleared": [{"id": 2}]}
    found.append(db.read("alerts/unsent", {"remind_s": 60}))
    found.append(db.run("alerts/keep", term_of(db).fence() | again))
    found.append(db.run("alerts/sent", {"sent": [{"id": 1, "error": None}]}))
    clock.advance(61.0)
    found.append(db.read("alerts/unsent", {"remind_s": 60}))
    seen = {"code": "queue-late", "subject": None, "actor": "ann", "reason": "r", "host": None}
    seen |= {"config_version": "c", "row_hash": "0" * 64}
    found += [db.run("alerts/acknowledge", seen), db.run("alerts/acknowledge", seen)]
    found.append(db.read("alerts/list", {"every": 1, "n": 9}))
    return found


def lived(db: Database, engine: Engine, clock: ManualClock) -> tuple[list[Rows], dict[str, Any]]:
    emptied(engine)
    for verb, name, doc in life():
        clock.advance(1.0009765625)
        db.run(name, doc) if verb == "run" else db.read(name, doc)
    return kept(db, clock), every_row(engine)


@pytest.fixture
def both(
    warm_server: MssqlDatabase,
    engine: Engine,
    server_clock: ManualClock,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[list[Rows], dict[str, Any]]]:
    clock = ManualClock(server_clock.now())
    with closing(SqliteDatabase(tmp_path_factory.mktemp("kept") / "t.sqlite", clock)) as db:
        created(db.engine)
        here = lived(db, db.engine, clock)
    return [lived(warm_server, engine, server_clock), here]


def test_what_is_kept_and_what_goes_is_the_same(
    both: list[tuple[list[Rows], dict[str, Any]]],
) -> None:
    (found_there, rows_there), (found_here, rows_here) = both
    for server, file in zip(found_there, found_here, strict=True):
        assert server == file
    for table, rows in rows_here.items():
        assert (table, rows_there[table]) == (table, rows)
