"""Flow, latency, errors, attempts: what the last rows say, and the same of both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert

from sql.database import Database
from sql.tables.inbox import inbox
from sql.tables.queue import dead_letter, sync_attempt
from tests.sql.databases import KINDS
from tests.sql.viewing import add, ago, at_one_moment, public, select_all, upgraded


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with upgraded(request.param, tmp_path_factory.mktemp("history")) as house:
        yield house


@pytest.fixture
def db(house: Database) -> Iterator[Database]:
    with at_one_moment(house) as db:
        yield db


def event(db: Database, number: int, accepted: float, **more: Any) -> int:
    about = {"source": "zoho", "entity": "products", "state": "live"}
    return add(db, inbox, uuid=public(number), accepted_at=ago(accepted), **{**about, **more})


def write(
    db: Database, event_id: int, number: int, opened: float, closed: float, **how: Any
) -> None:
    ended = {"outcome": "applied", "decision": "applied", "kind": "write", "target": "bc", **how}
    times = {"opened_at": ago(opened), "closed_at": ago(closed)}
    add(db, sync_attempt, event_id=event_id, number=number, **times, **ended)


FAILED = {"outcome": "retry", "decision": "later", "error_class": "throttled"}


def test_the_flow_counts_by_minute_and_says_nothing_where_nothing_came(db: Database) -> None:
    first = event(db, 1, 300)
    event(db, 2, 300)
    write(db, first, 1, 299, 240, **FAILED)
    write(db, first, 2, 239, 120)
    write(db, first, 3, 119, 60, kind="probe", outcome="not_applied", decision="repeated")
    add(db, dead_letter, born_at=ago(60))
    rows = select_all(db, "v_flow", "minute")
    assert len(rows) == 60
    assert [sum(row[column] for row in rows) for column in range(1, 5)] == [2, 1, 1, 1]
    assert {row[0]: row[1:] for row in rows}[ago(300)[:16] + ":00.000000"] == (2, 0, 0, 0, 0)
    assert {row[5] for row in rows} == {0}


def test_a_minute_that_the_window_does_not_cover_says_so(db: Database) -> None:
    row = {"event_uuid": public(1), "event_id": 1, "reason": "r", "error_class": "e", "message": ""}
    row |= {"fingerprint": "", "attempts": 1, "state": "open", "born_at": ago(600)}
    if db.engine.dialect.name != "sqlite":
        pytest.skip("20,000 rows take the stand-in half a minute; the arithmetic is the same")
    with db.engine.begin() as connection:
        connection.execute(insert(dead_letter), [row] * 20_000)
    rows = select_all(db, "v_flow", "minute")
    partial = [minute for minute, *_, flag in rows if flag]
    assert partial
    assert max(partial) < ago(600) < min(row[0] for row in rows if row[0] not in partial)


def measured(db: Database) -> dict[str, tuple[Any, ...]]:
    rows = select_all(db, "v_latency", "measure")
    assert {row[:2] for row in rows} == {("zoho", "products")}
    return {row[2]: tuple(map(float, row[3:8])) for row in rows}


def test_percentiles_are_values_that_were_measured_by_nearest_rank(db: Database) -> None:
    for number in range(1, 102):  # it ran 1 … 101 ms
        wait, run = number * 0.01, number * 0.001
        ended = {"state": "applied", "ended_at": ago(100 - run)}
        one = event(db, number, 100 + wait, **ended)
        write(db, one, 1, 100, 100 - run)
    found = measured(db)
    assert found["run"] == (101, 51, 96, 100, 101)
    assert found["wait"] == (101, 510, 960, 1000, 1010)
    assert found["end_to_end"] == (101, 561, 1056, 1100, 1111)


def test_microseconds_count_and_a_clock_that_went_back_makes_no_negative_time(db: Database) -> None:
    one = event(db, 1, 10)
    write(db, one, 1, 12, 11.998766)
    found = measured(db)
    assert found["run"] == (1, 1.234, 1.234, 1.234, 1.234)
    assert found["wait"] == (1, 0, 0, 0, 0)
    assert "end_to_end" not in found


def test_the_histogram_s_buckets_hold_each_measure_once(db: Database) -> None:
    one = event(db, 1, 1000)
    for number, seconds in enumerate((0.01, 0.0101, 0.05, 400), 1):
        write(db, one, number, 900, 900 - seconds, **FAILED)
    found = select_all(db, "v_latency_histogram", "measure, up_to_ms")
    assert {row for row in found if row[0] == "run"} == {
        ("run", 10, 1), ("run", 20, 1), ("run", 50, 1), ("run", None, 1),
    }  # fmt: skip
    assert ("wait", 300_000, 1) in found


def test_the_error_rate_is_a_share_of_all_writes_and_probes_do_not_count(db: Database) -> None:
    one, two = event(db, 1, 100), event(db, 2, 100)
    write(db, one, 1, 90, 80, **FAILED)
    write(db, one, 2, 70, 60, **FAILED)
    write(db, two, 1, 50, 40, outcome="unknown", decision="indoubt")
    write(db, two, 2, 30, 20, kind="probe", outcome="cannot_tell", decision="letter")
    write(db, one, 3, 10, 5)
    rows = select_all(db, "v_error_rate", "failures DESC")
    assert [row[:5] for row in rows] == [("throttled", 2, 4, 50, 1), ("unknown", 1, 4, 25, 1)]
    assert rows[0][5:] == (ago(80), ago(60), ago(90))


def test_attempts_are_counted_by_event_and_by_how_it_stands(db: Database) -> None:
    one, two = event(db, 1, 100), event(db, 2, 100, state="applied")
    three = event(db, 3, 100, state="applied")
    for number in (1, 2):
        write(db, one, number, 90, 80, **FAILED)
    write(db, two, 1, 70, 60)
    write(db, three, 1, 70, 60)
    rows = select_all(db, "v_attempts_histogram", "attempts")
    assert [row[:3] for row in rows] == [(1, "applied", 2), (2, "unfinished", 1)]
    assert {row[3] for row in rows} == {ago(90)}
