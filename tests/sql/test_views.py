"""The views say what they promise, under the names that the documentation pins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, delete, insert

from sql.catalog import found_shapes, schema_of
from sql.database import Database
from sql.migrate import upgrade
from sql.sqlite import stamp
from sql.tables.audit import audit_trail
from sql.tables.inbox import delivery, inbox
from sql.tables.outbox import dispatch_attempt, subscription
from sql.tables.queue import (
    HELD,
    READY,
    RUNNING,
    SCHEDULED,
    UNKNOWN,
    WAITING,
    dead_letter,
    sync_attempt,
    sync_queue,
)
from sql.views import VIEWS
from tests.sql.databases import KINDS, empty_database
from tidegate.clock import SystemClock

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "views.md"
FILLED = (
    delivery, inbox, sync_queue, sync_attempt, dead_letter, audit_trail, subscription,
    dispatch_attempt,
)  # fmt: skip
EVENT = str(UUID(int=7 << 80 | 7))


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with empty_database(request.param, tmp_path_factory.mktemp("views")) as house:
        upgrade(house, SystemClock())
        yield house


@pytest.fixture
def db(house: Database) -> Iterator[Database]:
    yield house
    with house.engine.begin() as connection:
        for table in FILLED:
            connection.execute(delete(table))


_started: list[datetime] = []


@pytest.fixture(autouse=True)
def _now_stands_still_within_a_test() -> None:
    _started[:] = [SystemClock().now()]


def ago(seconds: float) -> str:
    return stamp(_started[0] - timedelta(seconds=seconds))


def add(db: Database, table: Table, **values: Any) -> int:
    """Insert a row, with something dull in every other column that must not be null."""
    dull = {str: "", int: 0, bytes: bytes(32)}
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "id" or column.nullable:
            continue
        row[column.name] = dull[column.type.python_type]
        if "uuid" in column.name:
            row[column.name] = EVENT
        elif column.name.endswith("_at") or column.name == "at":
            row[column.name] = ago(0)
    with db.engine.begin() as connection:
        result = connection.execute(insert(table).values(row | values))
        return int((result.inserted_primary_key or (0,))[0])


def queue(db: Database, rows: list[dict[str, Any]]) -> None:
    """Events with their rows; each has a key of its own unless it names one."""
    numbers = count(1)
    for row in rows:
        number = next(numbers)
        accepted = row.pop("accepted", 0)
        state = row.pop("inbox", "live")
        uuid = str(UUID(int=number))
        event = add(db, inbox, uuid=uuid, accepted_at=ago(accepted), state=state)
        add(db, sync_queue, **{"event_id": event, "key_id": number, "target": "bc", **row})


def select_all(db: Database, view: str, order: str) -> list[tuple[Any, ...]]:
    with db.engine.begin() as connection:
        prefix = "tidegate." if schema_of(connection) else ""
        found = connection.exec_driver_sql(f"SELECT * FROM {prefix}{view} ORDER BY {order}")
        return [tuple(row) for row in found]


def documented() -> dict[str, list[str]]:
    sections = re.split(r"(?m)^## ", PAGE.read_text(encoding="utf-8"))[1:]
    return {s.split("\n", 1)[0]: re.findall(r"(?m)^\| `(\w+)` \|", s) for s in sections}


def test_the_names_of_views_and_columns_are_those_of_the_documentation(db: Database) -> None:
    with db.engine.begin() as connection:
        shapes = found_shapes(connection)
    assert {name: list(shapes[name].columns) for name in VIEWS} == documented()


def test_the_depth_says_states_in_words_and_counts_what_could_run(db: Database) -> None:
    queue(
        db,
        [
            {"state": READY, "key_id": 1, "seq": 1},
            {"state": READY, "key_id": 1, "seq": 2},
            {"state": WAITING, "key_id": 1, "seq": 3},
            {"state": RUNNING},
            {"state": SCHEDULED, "due_at": ago(5)},
            {"state": SCHEDULED, "due_at": ago(-500)},
            {"state": UNKNOWN, "due_at": ago(-500)},
            {"state": HELD},
            {"state": HELD, "inbox": "dead"},
            {"state": READY, "target": "legacy"},
        ],
    )
    assert select_all(db, "v_queue_depth", "target, state") == [
        ("bc", "dead", 1, 0),
        ("bc", "held", 1, 0),
        ("bc", "pending", 2, 1),
        ("bc", "processing", 1, 0),
        ("bc", "retrying", 2, 1),
        ("bc", "unknown", 1, 0),
        ("bc", "waiting", 1, 0),
        ("legacy", "pending", 1, 1),
    ]


def test_the_age_is_that_of_the_oldest_which_could_run(db: Database) -> None:
    queue(
        db,
        [
            {"state": HELD, "accepted": 900},
            {"state": SCHEDULED, "accepted": 600, "due_at": ago(-100)},
            {"state": SCHEDULED, "accepted": 500, "due_at": ago(40)},
            {"state": READY, "accepted": 300, "key_id": 1, "seq": 1},
            {"state": READY, "accepted": 20},
        ],
    )
    [(target, eligible_age, age, eligible)] = select_all(db, "v_queue_age", "target")
    assert (target, eligible) == ("bc", 2)
    assert 39.99 <= float(eligible_age) < 100  # SQLite rounds julian days to the millisecond
    assert 899.99 <= float(age) < 960


def test_the_age_is_null_where_nothing_could_run(db: Database) -> None:
    queue(db, [{"state": HELD, "accepted": 60}])
    [(_, eligible_age, age, eligible)] = select_all(db, "v_queue_age", "target")
    assert (eligible_age, eligible) == (None, 0)
    assert float(age) >= 60


def tell_a_story(db: Database) -> None:
    told = {"event_uuid": EVENT}
    event = add(
        db, inbox, uuid=EVENT, accepted_at=ago(50), ended_at=ago(30), state="applied",
        source="zoho", entity="item", operation="update",
    )  # fmt: skip
    arrival = {**told, "source": "zoho"}
    add(
        db, delivery, uuid=str(UUID(int=1)), received_at=ago(50), verdict="accepted",
        rule="newer", **arrival,
    )  # fmt: skip
    add(
        db, delivery, uuid=str(UUID(int=2)), received_at=ago(10), verdict="duplicate",
        rule="same", seen=3, **arrival,
    )  # fmt: skip
    attempt = {"event_id": event, "kind": "write", "target": "bc", "epoch": 4}
    add(
        db, sync_attempt, number=1, opened_at=ago(48), closed_at=ago(46), outcome="retry",
        decision="scheduled", status=503, error_class="FarError", **attempt,
    )  # fmt: skip
    add(
        db, sync_attempt, number=2, opened_at=ago(31), closed_at=ago(30), outcome="applied",
        decision="applied", **attempt,
    )  # fmt: skip
    add(
        db, audit_trail, event_id=event, attempt=2, at=ago(30), action="update", entity="item",
        actor="zoho", **told,
    )  # fmt: skip
    add(
        db, dead_letter, event_id=event, born_at=ago(40), reason="exhausted",
        error_class="FarError", attempts=1, **told,
    )  # fmt: skip
    subscriber = add(db, subscription, name="shop")
    add(
        db, dispatch_attempt, subscription_id=subscriber, number=1, opened_at=ago(29),
        closed_at=ago(28), outcome="delivered", status=204, epoch=2, **told,
    )  # fmt: skip


def test_the_timeline_tells_an_event_s_whole_story_in_order(db: Database) -> None:
    tell_a_story(db)
    rows = select_all(db, "v_event_timeline", "at, step, attempt")
    assert {str(row[0]).lower() for row in rows} == {EVENT}
    assert [row[2:6] for row in rows] == [
        ("delivered", None, "accepted, newer", "zoho"),
        ("accepted", None, "update item", "zoho"),
        ("attempt opened", 1, "write to bc", "term 4"),
        ("attempt closed", 1, "retry, scheduled, status 503, FarError", "term 4"),
        ("dead", 1, "exhausted, FarError", None),
        ("attempt opened", 2, "write to bc", "term 4"),
        ("attempt closed", 2, "applied, applied", "term 4"),
        ("changed", 2, "update item", "zoho"),
        ("ended", None, "applied", None),
        ("dispatched", 1, "shop, delivered, status 204", "term 2"),
        ("delivered", None, "duplicate, same, 3 times", "zoho"),
    ]


def test_deliveries_are_counted_by_verdict_and_rule_for_a_day(db: Database) -> None:
    numbers = count(1)

    def deliver(verdict: str, rule: str, seconds: float, **more: Any) -> None:
        about = {"source": "zoho", "entity": "products", "verdict": verdict, "rule": rule}
        when = {"received_at": ago(seconds), "last_at": ago(seconds / 2)}
        add(db, delivery, uuid=str(UUID(int=next(numbers))), **{**about, **when, "seen": 1, **more})

    deliver("new", "first", 86_500)
    deliver("new", "first", 80_000)
    deliver("new", "first", 40)
    deliver("duplicate", "hash", 60, seen=20)
    deliver("duplicate", "hash", 50, seen=3)
    deliver("duplicate", "hash", 50, entity="prices")
    found = select_all(db, "v_deliveries_by_verdict", "entity, verdict")
    assert [row[:6] for row in found] == [
        ("zoho", "prices", "duplicate", "hash", 1, 1),
        ("zoho", "products", "duplicate", "hash", 23, 2),
        ("zoho", "products", "new", "first", 2, 2),
    ]
    assert [str(row[6])[:26] for row in found] == [ago(25), ago(25), ago(20)]


def test_deliveries_of_a_day_are_found_by_their_time(tmp_path: Path) -> None:
    asked = "EXPLAIN QUERY PLAN SELECT * FROM v_deliveries_by_verdict"
    with empty_database("sqlite", tmp_path) as db:
        upgrade(db, SystemClock())
        with db.engine.begin() as connection:
            plan = [row.detail for row in connection.exec_driver_sql(asked)]
    assert "SEARCH d USING INDEX delivery_by_time (received_at>?)" in plan


def test_the_timeline_of_one_event_seeks_and_never_scans_history(tmp_path: Path) -> None:
    asked = "EXPLAIN QUERY PLAN SELECT * FROM v_event_timeline WHERE event = 'x'"
    with empty_database("sqlite", tmp_path) as db:
        upgrade(db, SystemClock())
        with db.engine.begin() as connection:
            plan = [row.detail for row in connection.exec_driver_sql(asked)]
    assert any("SEARCH" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN")] in ([], ["SCAN v_event_timeline"])
