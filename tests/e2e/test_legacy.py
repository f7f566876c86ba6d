"""A purchase order line's date through the user's own Python, in child processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.house import API, House
from tests.e2e.legacy_erp import house_of_functions

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = house_of_functions(tmp_path_factory.mktemp("legacy"))
    try:
        url = str(made.sandbox.base_url).rstrip("/")
        made.up_alone(ERP_MODE="legacy", MY_ERP_URL=url, SUBSCRIBER_SECRET="")
        yield made
    finally:
        made.close()


def _effects(house: House, event: str) -> int:
    return [each["effect_key"] for each in house.ledger()].count(event)


def test_a_date_goes_through_the_users_function_once(house: House) -> None:
    first, again = (house.line_date("legacy-1", "2026-12-11") for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.json() == {"expectedReceiptDate": "2026-12-11", "secrets": []}
    assert again.content == first.content
    assert _effects(house, first.headers["X-Event-Id"]) == 1


def test_what_the_function_rejects_is_the_callers_answer(house: House) -> None:
    refused = house.line_date("legacy-2", "2026-10-31")
    assert refused.status_code == 422
    assert "Order Date" in refused.json()["detail"]


def test_a_call_that_outlasts_its_limit_is_looked_up_and_had_one_effect(house: House) -> None:
    # However late the child asks before it is killed, it is done before `in_doubt` is over.
    house.fault(delay_ms=1700, times=1, match="purchaseOrderLines(")
    answer = house.line_date("legacy-3", "2026-12-13")
    assert answer.status_code == 200, answer.text
    event = answer.headers["X-Event-Id"]
    outcomes = [each["outcome"] for each in house.event(event)["attempts"]]
    assert (outcomes[0], outcomes[-1]) == ("unknown", "applied")
    assert _effects(house, event) == 1


def test_what_the_module_has_no_function_for_is_501_and_never_accepted(house: House) -> None:
    answer = house.http.post(
        "/api/v1/purchasing/po/106001/lines/10000/price",
        json={"new_price": 5, "reason": "agreed"},
        headers=API | {"Idempotency-Key": "legacy-4"},
    )
    assert answer.status_code == 501
    assert "legacy cannot do purchaseOrderLines.price" in answer.json()["detail"]
