"""The queue, a day's deliveries, an event's story: what the views promise, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sql.catalog import found_shapes
from sql.database import Database
from sql.migrate import upgrade, validate
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
)
from sql.views import VIEWS, catalog
from tests.sql.databases import KINDS
from tests.sql.viewing import EVENT, add, ago, at_one_moment, public, queue, select_all, upgraded
from tidegate.clock import SystemClock


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with upgraded(request.param, tmp_path_factory.mktemp("views")) as house:
        yield house


@pytest.fixture
def db(house: Database) -> Iterator[Database]:
    with at_one_moment(house) as db:
        yield db


def test_the_names_of_views_and_columns_are_those_of_the_catalog(db: Database) -> None:
    with db.engine.begin() as connection:
        shapes = found_shapes(connection)
    promised = {name: [c.name for c in view.columns] for name, view in catalog().items()}
    assert {name: list(shapes[name].columns) for name in VIEWS} == promised
    assert {name for name in shapes if name.startswith("v_")} == set(VIEWS)


TYPES = """
    SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION,
           NUMERIC_SCALE, DATETIME_PRECISION
    FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = N'tidegate'
"""


def spelled(kind: str, size: int | None, digits: int, scale: int, fraction: int) -> str:
    if size is not None:
        return f"{kind}({'max' if size == -1 else size})"
    if kind == "decimal":
        return f"{kind}({digits},{scale})"
    return f"{kind}({fraction})" if kind == "datetime2" else str(kind)


def test_the_types_on_sql_server_are_those_of_the_catalog(db: Database) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite's columns have no types of their own; their values are checked below")
    with db.engine.begin() as connection:
        rows = connection.exec_driver_sql(TYPES).fetchall()
    found = {(view, column): spelled(*kind) for view, column, *kind in rows if view in VIEWS}
    wanted = {(v.name, c.name): c.type for v in catalog().values() for c in v.columns}
    assert found == wanted


def test_a_view_of_an_older_release_is_found_and_made_anew(tmp_path: Path) -> None:
    with upgraded("sqlite", tmp_path) as db:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP VIEW v_leader")
            connection.exec_driver_sql("CREATE VIEW v_leader AS SELECT name AS role FROM leader")
        assert validate(db) == [
            "view v_leader has other columns: tidegate db upgrade makes it anew"
        ]
        upgrade(db, SystemClock())
        assert validate(db) == []


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
        ("bc", "dead", 1, 0, 0),
        ("bc", "held", 1, 0, 0),
        ("bc", "pending", 2, 1, 0),
        ("bc", "processing", 1, 0, 0),
        ("bc", "retrying", 2, 1, 0),
        ("bc", "unknown", 1, 0, 0),
        ("bc", "waiting", 1, 0, 0),
        ("legacy", "pending", 1, 1, 0),
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
        db, delivery, uuid=public(1), received_at=ago(50), verdict="accepted",
        rule="newer", **arrival,
    )  # fmt: skip
    add(
        db, delivery, uuid=public(2), received_at=ago(10), verdict="duplicate",
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
        add(db, delivery, uuid=public(next(numbers)), **{**about, **when, "seen": 1, **more})

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
    assert [row[6] for row in found] == [ago(25), ago(25), ago(20)]
    assert {row[7] for row in found} == {ago(80_000)}
