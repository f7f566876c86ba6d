"""A purchase order line's date: its answer, its refusal, and patience with a busy ERP."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from tests.e2e.house import API, House

pytestmark = pytest.mark.process

PAUSE = (
    "INSERT INTO pause (target, kind, reason, actor, since)"
    " VALUES ('sandbox', 'operator', 'month end', 'ops', '2026-01-01 00:00:00.000000')"
)


def _event(answer: httpx.Response) -> str:
    return str(answer.headers["X-Event-Id"])


def _counts(house: House, answer: httpx.Response) -> list[int]:
    """How often the command of an answer took effect."""
    return [each["count"] for each in house.effects() if each["effect_key"] == _event(answer)]


def _rows(house: House, sql: str, *given: object) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(house.database)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql, given).fetchall()


def _write(house: House, sql: str) -> None:
    with closing(sqlite3.connect(house.database)) as connection, connection:
        connection.execute(sql)


@contextmanager
def _paused(house: House) -> Iterator[None]:
    _write(house, PAUSE)
    yield
    _write(house, "DELETE FROM pause")


def test_a_new_date_is_answered_with_the_new_line(house: House) -> None:
    answer = house.line_date("date-1", "2026-12-01")
    assert answer.status_code == 200
    line = answer.json()
    assert (line["number"], line["lineNo"]) == ("106001", 10000)
    assert line["expectedReceiptDate"] == "2026-12-01"


def test_the_same_key_again_gets_the_same_answer_and_has_no_second_effect(house: House) -> None:
    first = house.line_date("date-2", "2026-12-02")
    again = house.line_date("date-2", "2026-12-02")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["X-Event-Id"] == first.headers["X-Event-Id"]
    assert _counts(house, first) == [1]


def test_the_same_key_with_another_date_is_422(house: House) -> None:
    assert house.line_date("date-3", "2026-12-03").status_code == 200
    other = house.line_date("date-3", "2026-12-04")
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"


def test_the_same_key_on_another_line_is_422(house: House) -> None:
    assert house.line_date("date-7", "2026-12-07").status_code == 200
    assert house.line_date("date-7", "2026-12-07", line=20000).status_code == 422


def test_a_command_in_flight_is_409_and_then_what_it_came_to(house: House) -> None:
    house.fault(delay_ms=1500, times=1, match="purchaseOrderLines(")
    queued = house.line_date("date-8", "2026-12-08", wait=0)
    assert (queued.status_code, queued.headers["Preference-Applied"]) == (202, "wait=0")
    again = house.line_date("date-8", "2026-12-08")
    assert (again.status_code, again.json()["event_id"]) == (409, queued.json()["event_id"])
    house.ended(queued.json()["event_id"])
    assert house.line_date("date-8", "2026-12-08").status_code == 200


def test_the_audit_row_holds_what_was_what_is_why_and_by_whom(house: House) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = house.http.post(
        "/api/v1/purchasing/po/106001/lines/20000/date",
        json={"new_date": "2026-12-09", "reason": "A strike"},
        headers=API
        | {"Idempotency-Key": "date-9", "traceparent": f"00-{trace}-b7ad6b7169203331-01"},
    )
    assert answer.status_code == 200
    [row] = _rows(house, "SELECT * FROM audit_trail WHERE event_uuid = ?", _event(answer))
    assert "expectedReceiptDate" in json.loads(row["old"])
    assert json.loads(row["new"]) == {"expectedReceiptDate": "2026-12-09"}
    assert (row["reason"], row["trace_id"]) == ("A strike", trace)
    assert row["actor"].startswith("admin")


def test_a_paused_adapter_is_503_at_the_door(house: House) -> None:
    with _paused(house):
        refused = house.line_date("date-10", "2026-12-10")
        assert (refused.status_code, refused.json()["code"]) == (503, "paused")
        assert int(refused.headers["Retry-After"]) > 0
    assert house.line_date("date-10", "2026-12-10").status_code == 200


def test_an_erp_that_goes_down_after_the_queue_is_202_and_the_effect_comes_once(
    parts: House,
) -> None:
    parts.with_schema()
    sandbox = parts.sandbox_alone()
    parts.ingest()
    parts.processor("one")
    assert parts.line_date("date-11", "2026-12-11").status_code == 200
    sandbox.kill()
    queued = parts.line_date("date-12", "2026-12-12", wait=1)
    assert queued.status_code == 202
    parts.sandbox_alone()
    parts.ended(queued.json()["event_id"], seconds=30)
    assert parts.line_date("date-12", "2026-12-12").json()["expectedReceiptDate"] == "2026-12-12"
    assert [each["count"] for each in parts.effects() if each["effect_key"] == _event(queued)] == [
        1
    ]


def test_the_record_is_read_through_the_same_door(house: House) -> None:
    line = house.http.get("/api/v1/purchasing/po/106001/lines/10000", headers=API).json()
    assert (line["number"], line["lineNo"], line["directUnitCost"]) == ("106001", 10000, 80.25)
    assert house.http.get("/api/v1/purchasing/quotes", headers=API).status_code == 501


def test_a_refused_date_blocks_nothing(house: House) -> None:
    refused = house.line_date("date-4", "2026-10-31")
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert "Order Date" in refused.json()["detail"]
    assert house.event(refused.headers["X-Event-Id"])["state"] == "refused"
    good = house.line_date("date-5", "2026-12-05")
    assert (good.status_code, good.json()["expectedReceiptDate"]) == (200, "2026-12-05")


def test_an_erp_that_is_busy_three_times_is_asked_until_it_works(house: House) -> None:
    house.fault(status=503, times=3, match="purchaseOrderLines(")
    answer = house.line_date("date-6", "2026-12-06", line=20000)
    assert (answer.status_code, answer.json()["expectedReceiptDate"]) == (200, "2026-12-06")
    attempts = house.event(answer.headers["X-Event-Id"])["attempts"]
    assert [(each["outcome"], each["status"]) for each in attempts][:3] == [("retry", 503)] * 3
    assert [each["outcome"] for each in attempts][3:] == ["applied"]
    assert _counts(house, answer) == [1]
