"""What is older than it is kept goes, archived and counted; what is live or dead never does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.archive import Archive
from ops.retention import Retention, plan
from sql.seal import verify
from sql.term import Term
from tests.processor.bench import House
from tests.processor.desk import NO, Desk
from tidegate.config_retention import Retention as Kept
from tidegate.errors import ConfigError

DAY = 86_400.0


def term(house: House) -> Term:
    found = house.pipe.leadership.term
    assert found is not None
    return found


def keeper(house: House, archive: Archive | None = None, **kept: object) -> Retention:
    return Retention(house.db, house.pipe.clock, Kept(**kept), archive)  # type: ignore[arg-type]


def prune(house: House, retention: Retention) -> None:
    while retention.run(term(house)):
        pass


def applied(house: House, n: int) -> list[str]:
    events = [house.post(f"K{i}", f"name {i}") for i in range(n)]
    house.run()
    return events


def count(house: House, table: str) -> int:
    return int(house.rows(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


def test_an_event_goes_whole_once_it_is_old(house: House) -> None:
    applied(house, 5)
    house.pipe.clock.advance(401 * DAY)
    fresh = applied(house, 1)
    prune(house, keeper(house, batch=2))
    assert [row["uuid"] for row in house.rows("SELECT uuid FROM inbox")] == fresh
    for table in ("payload", "sync_attempt", "attempt_body", "delivery"):
        assert count(house, table) == 1, table
    assert verify(house.db) == []


def test_what_went_is_counted_by_its_end(house: House) -> None:
    applied(house, 5)
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, batch=2))
    found = house.rows("SELECT name, value FROM counter WHERE name LIKE 'pruned.%'")
    assert found == [{"name": "pruned.applied", "value": 5}]


def test_a_dead_letter_is_kept_however_old_it_is(house: House) -> None:
    house.far.answers["A"].append(NO)
    event = house.post("A", "dead")
    house.run()
    house.pipe.clock.advance(4000 * DAY)
    prune(house, keeper(house))
    assert house.state(event) == "dead"
    assert count(house, "dead_letter") == 1


def test_a_live_event_is_kept_however_old_it_is(house: House) -> None:
    live = house.post("A", "never ran")
    house.pipe.clock.advance(4000 * DAY)
    house.pipe.leadership.step(house.pipe.clock.monotonic())
    prune(house, keeper(house))
    assert [row["uuid"] for row in house.rows("SELECT uuid FROM inbox")] == [live]


def test_bodies_go_before_their_events_and_the_record_still_proves_itself(house: House) -> None:
    applied(house, 3)
    house.pipe.clock.advance(181 * DAY)
    prune(house, keeper(house))
    assert count(house, "inbox") == 3
    assert count(house, "attempt_body") == 0
    assert house.rows("SELECT DISTINCT length(body) AS n FROM payload") == [{"n": 0}]
    assert verify(house.db) == []


def test_changes_on_record_go_only_where_that_is_asked_for(house: House) -> None:
    applied(house, 3)
    house.pipe.clock.advance(800 * DAY)
    prune(house, keeper(house))
    assert count(house, "audit_trail") == 3
    prune(house, keeper(house, audit=500))
    assert count(house, "audit_trail") == 0
    assert verify(house.db) == []


def test_an_archived_event_is_on_disk_before_it_is_gone(house: House, tmp_path: Path) -> None:
    events = applied(house, 3)
    house.pipe.clock.advance(401 * DAY)
    archive = Archive(tmp_path / "archive")
    prune(house, keeper(house, archive, bodies=None, batch=2))
    for event in events:
        record = archive.find(event)
        assert record is not None
        assert record["inbox"]["state"] == "applied"
        assert len(record["sync_attempt"]) == 1
        assert record["payload"]["body"]["base64"]


def test_nothing_goes_where_the_archive_cannot_be_written(house: House, tmp_path: Path) -> None:
    applied(house, 3)
    house.pipe.clock.advance(401 * DAY)
    (tmp_path / "archive").write_text("a file stands there")
    with pytest.raises(ConfigError, match="cannot be written"):
        prune(house, keeper(house, Archive(tmp_path / "archive")))
    assert count(house, "inbox") == 3


def test_half_a_member_at_the_end_of_the_archive_costs_nothing(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    archive = Archive(folder)
    first, second = applied(house, 2)
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, archive, bodies=None, batch=1))
    file = next(folder.iterdir())
    file.write_bytes(file.read_bytes()[:-5])
    later = applied(house, 1)[0]
    house.pipe.clock.advance(401 * DAY)
    prune(house, keeper(house, archive, bodies=None))
    names = {path.name for path in folder.iterdir()}
    assert {each["inbox"]["uuid"] for each in archive.events()} >= {first, later}, names
    assert second


def test_the_plan_says_what_would_go_and_takes_nothing(house: House) -> None:
    applied(house, 3)
    house.pipe.clock.advance(401 * DAY)
    found = {row["kind"]: row["rows"] for row in plan(house.db, keeper(house))}
    assert (found["events"], found["bodies"], found["audit"]) == (3, 3, 0)
    assert count(house, "inbox") == 3


def test_a_lost_term_prunes_nothing(build: Callable[..., House]) -> None:
    house = build()
    applied(house, 3)
    house.pipe.clock.advance(401 * DAY)
    old = term(house)
    stale = Term(old.name, old.epoch - 1, old.token)
    with pytest.raises(Exception, match="term"):
        keeper(house).run(stale)
    assert count(house, "inbox") == 3


def test_fewer_days_than_an_idempotency_key_lives_are_refused() -> None:
    with pytest.raises(ValueError, match="400 days"):
        Kept(events=30)


def test_the_body_of_what_ended_late_goes_too(house: House) -> None:
    house.far.answers["A"].append(NO)
    late = house.post("A", "dead")
    applied(house, 3)
    house.pipe.clock.advance(181 * DAY)
    retention = keeper(house)
    prune(house, retention)
    desk = Desk(house)
    desk.ask("discard", late)
    desk.carry_out()
    house.pipe.clock.advance(181 * DAY)
    for _ in range(2):
        prune(house, retention)
    assert house.rows("SELECT DISTINCT length(body) AS n FROM payload") == [{"n": 0}]


def test_an_event_that_ended_late_goes_in_the_next_round(house: House) -> None:
    house.far.answers["A"].append(NO)
    late = house.post("A", "dead")
    applied(house, 3)
    house.pipe.clock.advance(401 * DAY)
    retention = keeper(house, batch=2)
    prune(house, retention)
    desk = Desk(house)
    desk.ask("discard", late)
    desk.carry_out()
    house.pipe.clock.advance(401 * DAY)
    prune(house, retention)
    assert count(house, "inbox") == 0
