"""A purchase order line's date: its answer, its refusal, and patience with a busy ERP."""

from __future__ import annotations

import pytest

from tests.e2e.house import House

pytestmark = pytest.mark.process

LINE = "106001/10000"


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
    effects = [e for e in house.effects() if e["effect_key"] == first.headers["X-Event-Id"]]
    assert [each["count"] for each in effects] == [1]


def test_the_same_key_with_another_date_is_422(house: House) -> None:
    assert house.line_date("date-3", "2026-12-03").status_code == 200
    other = house.line_date("date-3", "2026-12-04")
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"


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
    assert [each["count"] for each in house.effects("106001/20000")] == [1]
