"""The access log: few rows, every request counted, never on a request's own way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import tally as bounds
from ingest.access_log import Access, AccessLog
from sql.database import Database, Document
from sql.migrate import upgrade
from sql.tables.people import access_log
from tests.ingest.tallied import Tallied
from tests.sql.databases import KINDS, empty_database
from tests.sql.stores import every_row
from tidegate.clock import SystemClock
from tidegate.errors import CommitUnknown, StoreUnavailable, Unstorable
from tidegate.ids import Ids

ASKED = Access("ops", "GET", "/api/v1/ops/events", 200, "Ana", "viewer", "10.0.0.1", "r-1")


class Bench(Tallied):
    """An access log, and what it holds."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "SELECT * FROM access_log ORDER BY id")
        self.log = self.tally = AccessLog(self.db, Ids(self.clock), self.wake)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.db.inner.close()


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as found:
        upgrade(found, SystemClock())
        yield found


def test_a_row_says_who_asked_what_and_why_it_was_refused(db: Database) -> None:
    log = AccessLog(db, Ids(SystemClock()))
    refused = Access(
        "ops", "POST", "/x/{id}", 403, "Ana Ü", "viewer", "::1", "r-2", "needs operator"
    )
    for _ in range(2):
        log.note(refused)
        log.step(0.0)
    [row] = every_row(db)[access_log.name]
    assert {name: row[name] for name in ("face", "method", "path", "status", "owner", "role")} == {
        "face": "ops", "method": "POST", "path": "/x/{id}", "status": 403, "owner": "Ana Ü",
        "role": "viewer",
    }  # fmt: skip
    assert (row["remote"], row["request_id"], row["reason"]) == ("::1", "r-2", "needs operator")
    assert row["seen"] == 2


def test_nothing_is_written_on_the_way_of_a_request(bench: Bench) -> None:
    bench.log.note(ASKED)
    assert (bench.db.calls, bench.wakes) == ([], 1)


def test_the_same_within_a_minute_is_one_row_and_later_another(bench: Bench) -> None:
    for _ in range(61):
        bench.log.note(ASKED)
        bench.step()
        bench.clock.advance(1)
    bench.log.note(ASKED)
    bench.log.close()
    assert bench.seen() == [61, 1]


def test_another_owner_status_or_address_is_another_row(bench: Bench) -> None:
    for access in (
        ASKED,
        Access("ops", "GET", "/api/v1/ops/events", 200, "Ben", "viewer", "10.0.0.1"),
        Access("ops", "GET", "/api/v1/ops/events", 403, "Ana", "viewer", "10.0.0.1"),
        Access("ops", "GET", "/api/v1/ops/events", 200, "Ana", "viewer", "10.0.0.2"),
    ):
        bench.log.note(access)
    bench.step()
    assert bench.seen() == [1, 1, 1, 1]


def test_kinds_beyond_the_bound_share_a_row_and_are_counted(bench: Bench) -> None:
    for n in range(bounds.KINDS + 25):
        bench.log.note(Access("webhook", "POST", f"/webhooks/{n}", 401))
    bench.log.close()
    rows = bench.rows()
    assert len(rows) == bounds.KINDS + 1
    assert (rows[-1]["path"], rows[-1]["seen"]) == ("*", 25)


def test_a_store_that_is_away_loses_nothing_and_memory_stays_bounded(bench: Bench) -> None:
    def away(_: Document) -> None:
        raise StoreUnavailable("away")

    bench.db.before["note"] = away
    for minute in range(5):
        for n in range(600):
            bench.log.note(Access("webhook", "POST", f"/{minute}/{n}", 401))
        assert bench.step() == bounds.AWAY
        bench.clock.advance(61)
    bench.db.before.clear()
    while bench.step() < bounds.FOREVER:
        bench.clock.advance(61)
    assert sum(bench.seen()) == 3000
    assert len(bench.rows()) <= bounds.KINDS + 1


def test_a_write_of_unknown_outcome_is_not_counted_twice(bench: Bench) -> None:
    def written(doc: Document) -> None:
        bench.db.before.clear()
        bench.db.inner.run("access/note", doc)
        raise CommitUnknown("gone")

    bench.db.before["note"] = written
    bench.log.note(ASKED)
    bench.step()
    bench.log.close()
    assert bench.seen() == [1]


def test_what_cannot_be_stored_is_dropped_and_counted(bench: Bench) -> None:
    def refused(_: Document) -> None:
        raise Unstorable("no")

    bench.db.before["note"] = refused
    bench.log.note(ASKED)
    bench.log.note(ASKED)
    bench.step()
    assert bench.log.dropped == 2


def test_after_a_quiet_minute_it_sleeps_until_it_is_woken(bench: Bench) -> None:
    bench.log.note(ASKED)
    while bench.step() < bounds.FOREVER:
        bench.clock.advance(30)
    bench.log.note(ASKED)
    assert bench.wakes == 2
