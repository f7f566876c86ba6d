"""Reports: a view's rows by any of its names, since a time, as plain values on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ops.reports import Report, report, view_of, views
from sql.database import Database
from sql.tables.control import operator_request, pause
from sql.tables.inbox import delivery, inbox
from sql.tables.queue import READY, dead_letter, sync_attempt
from sql.views import VIEWS
from tests.sql.databases import KINDS
from tests.sql.viewing import EVENT, add, ago, at_one_moment, public, queue, upgraded
from tidegate.clock import SystemClock
from tidegate.errors import ConfigError

KIND_OF = {"datetime2(6)": str, "uniqueidentifier": str, "int": int, "bigint": int}


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with upgraded(request.param, tmp_path_factory.mktemp("reports")) as house:
        yield house


@pytest.fixture
def db(house: Database) -> Iterator[Database]:
    with at_one_moment(house) as db:
        yield db


def fill(db: Database) -> None:
    """A row or more for most views."""
    queue(db, [{"state": READY, "accepted": 9}])
    one = add(db, inbox, uuid=EVENT, accepted_at=ago(90), ended_at=ago(80), state="applied")
    add(db, delivery, event_uuid=EVENT, received_at=ago(90), last_at=ago(90))
    ended = {"kind": "write", "outcome": "applied", "decision": "applied"}
    times = {"opened_at": ago(85), "closed_at": ago(80)}
    add(db, sync_attempt, event_id=one, number=1, **ended, **times)
    ended |= {"outcome": "retry", "decision": "later", "error_class": "throttled"}
    add(db, sync_attempt, event_id=one, number=2, **ended, **times)
    add(db, dead_letter, event_id=one, state="open", born_at=ago(70), error_class="rejected")
    add(db, operator_request, verb="replay", uuid=public(9), state="done", at=ago(60))
    add(db, pause, target="bc", kind="operator", since=ago(50))


def test_values_are_of_the_kind_that_the_catalog_says(db: Database) -> None:
    fill(db)
    told = 0
    for view in views():
        found = report(db, view.name, event=EVENT if view.needs else None)
        assert found.columns == tuple(column.name for column in view.columns)
        for row, column in ((row, column) for row in found.rows for column in view.columns):
            kind = KIND_OF.get(column.type, float if "decimal" in column.type else str)
            assert row[column.name] is None or type(row[column.name]) is kind, (view.name, column)
        told += bool(found.rows)
        json.dumps(found.rows)
    assert told >= 14


def test_instants_are_told_in_utc_and_ids_in_small_letters(db: Database) -> None:
    fill(db)
    found = report(db, "event_timeline", event=EVENT.upper())
    assert {row["event"] for row in found.rows} == {EVENT}
    assert found.rows[0]["at"] == ago(90).replace(" ", "T") + "Z"
    assert [row["at"] for row in found.rows] == sorted(row["at"] for row in found.rows)


def test_since_leaves_out_what_came_before_to_the_microsecond(db: Database) -> None:
    for number, seconds in ((1, 60), (2, 50), (3, 40)):
        add(db, operator_request, uuid=public(number), verb="skip", at=ago(seconds))
    start = datetime.fromisoformat(ago(50)).replace(tzinfo=UTC)

    def since(moment: datetime) -> list[str]:
        return [row["request"] for row in report(db, "operator_actions", moment).rows]

    assert since(start) == [public(3), public(2)]
    assert since(start + timedelta(microseconds=1)) == [public(3)]


def test_no_more_rows_come_than_were_asked_for(db: Database) -> None:
    assert len(report(db, "flow", limit=7).rows) == 7


def test_what_reads_like_a_secret_is_not_told(db: Database) -> None:
    add(db, pause, target="bc", kind="auth", reason="Authorization: Bearer abcdef0123456789abcdef")
    [row] = report(db, "pauses").rows
    assert "abcdef0123456789" not in row["reason"]


def test_a_report_on_sqlite_takes_no_writer_s_lock(db: Database) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("a server's readers lock nothing under row versioning")
    with db.engine.begin():  # BEGIN IMMEDIATE: the writer's lock is taken
        assert isinstance(report(db, "leader"), Report)


@pytest.mark.parametrize("name", ["queue_age", "v_queue_age", "queue-age", " QUEUE_AGE "])
def test_a_view_goes_by_its_name_with_or_without_v(name: str) -> None:
    assert view_of(name).name == "v_queue_age"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"name": "quue_age"}, "did you mean 'queue_age'"),
        ({"name": "inbox"}, "no view 'inbox'"),
        ({"name": "event_timeline"}, "about one event"),
        ({"name": "event_timeline", "event": "7"}, "no event's id"),
        ({"name": "leader", "event": EVENT}, "not about events"),
        ({"name": "leader", "since": SystemClock().now()}, "how things stand now"),
    ],
)
def test_what_cannot_be_told_says_why(db: Database, ask: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        report(db, **ask)  # type: ignore[arg-type]


def test_every_view_is_listed() -> None:
    assert [view.name for view in views()] == list(VIEWS)
