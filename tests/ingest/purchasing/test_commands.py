"""A command over HTTP: asked, answered, asked again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.ingest.purchasing.far import Far
from tests.ingest.purchasing.served import DATE, Served
from tidegate.outcome import Rejected

LINE = "/po/106001/lines/10000"
RECEIPT = {"po": "106001", "lines": [{"line_no": 10000, "quantity": 2}], "reason": "Dock 2"}


def test_a_command_is_answered_with_its_end(served: Served, far: Far) -> None:
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, answer.json()["expectedReceiptDate"]) == (200, "2026-12-01")
    assert answer.headers["Location"] == f"/events/{answer.headers['X-Event-Id']}"
    assert [command.key for command in far.written] == ["106001/10000"]


def test_the_same_key_again_gets_the_stored_answer_and_has_no_second_effect(
    served: Served, far: Far
) -> None:
    first, again = served.post(f"{LINE}/date"), served.post(f"{LINE}/date", key='"k-1"')
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["X-Event-Id"] == first.headers["X-Event-Id"]
    assert len(far.written) == 1


def test_a_stored_error_is_replayed_too(served: Served, far: Far) -> None:
    far.refusal = Rejected("not before the order", "Application_DialogException")
    first = served.post(f"{LINE}/date")
    far.refusal = None
    again = served.post(f"{LINE}/date")
    assert (first.status_code, again.status_code, again.content) == (422, 422, first.content)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert first.json()["code"] == "Application_DialogException"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/po/106001/lines/20000/date", DATE),
        ("/po/106002/lines/10000/date", DATE),
        (f"{LINE}/date", DATE | {"new_date": "2026-12-02"}),
        (f"{LINE}/date", DATE | {"reason": "Another"}),
        (f"{LINE}/price", {"new_price": 1, "reason": "r"}),
    ],
)
def test_the_same_key_for_anything_else_is_422(
    served: Served, far: Far, path: str, body: dict[str, Any]
) -> None:
    first = served.post(f"{LINE}/date")
    other = served.post(path, body)
    assert (other.status_code, other.json()["event_id"]) == (422, first.headers["X-Event-Id"])
    assert len(far.written) == 1


def test_equal_commands_with_two_keys_are_two(served: Served, far: Far) -> None:
    assert served.post(f"{LINE}/date", key="a").status_code == 200
    assert served.post(f"{LINE}/date", key="b").status_code == 200
    assert len(far.written) == 2


def test_a_command_that_still_runs_is_409_for_the_same_key(served: Served, far: Far) -> None:
    far.go.clear()
    queued = served.post(f"{LINE}/date", Prefer="respond-async")
    again = served.post(f"{LINE}/date")
    assert (again.status_code, again.headers["Retry-After"]) == (409, "1")
    assert again.json()["event_id"] == queued.json()["event_id"]
    far.go.set()
    served.ended(queued.json()["event_id"], "applied")
    assert served.post(f"{LINE}/date").status_code == 200


def test_respond_async_is_answered_before_the_end(served: Served, far: Far) -> None:
    far.go.clear()
    queued = served.post(f"{LINE}/date", Prefer="respond-async")
    assert (queued.status_code, queued.json()["state"]) == (202, "pending")
    assert queued.headers["Preference-Applied"] == "respond-async"
    assert queued.headers["Location"] == queued.json()["status_url"]


def test_a_wait_that_is_over_is_202_and_says_how_long_it_was(served: Served, far: Far) -> None:
    far.go.clear()
    queued = served.post(f"{LINE}/date", Prefer="wait=1")
    assert (queued.status_code, queued.headers["Preference-Applied"]) == (202, "wait=1")


def test_a_wait_that_is_long_enough_is_answered_with_the_end(served: Served, far: Far) -> None:
    answer = served.post(f"{LINE}/date", Prefer="respond-async, wait=9")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=9")


def test_the_key_may_be_in_the_body_and_must_be_somewhere(served: Served) -> None:
    assert served.post(f"{LINE}/date", key=None).status_code == 400
    assert served.post(f"{LINE}/date", DATE | {"idempotency_key": "k"}, key=None).status_code == 200
    again = served.post(f"{LINE}/date", key="k")
    assert again.status_code == 200, "one key, wherever it stands"
    other = served.post(f"{LINE}/date", DATE | {"idempotency_key": "k"}, key="other")
    assert [each["pointer"] for each in other.json()["errors"]] == ["/idempotency_key"]


def test_an_orders_number_with_slashes_goes_by_path_and_by_query(served: Served, far: Far) -> None:
    assert served.post("/po/A/1/lines/10000/date", key="a").status_code == 200
    assert served.post("/po/A%2F1/lines/10000/date", key="b").status_code == 200
    assert served.post("/po/-/lines/10000/date?po=A%2F1", key="c").status_code == 200
    assert {command.key for command in far.written} == {"A/1/10000"}


@pytest.mark.parametrize("line", ["0", "-1", "x", "10000.0", "2147483648", "１"])
def test_a_line_that_cannot_be_is_404(served: Served, line: str) -> None:
    assert served.post(f"/po/106001/lines/{line}/date").status_code == 404


def test_a_stranger_is_401_before_anything_is_read(served: Served) -> None:
    answer = served.post(f"{LINE}/date", b"{", X_API_Key="wrong")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "X-API-Key")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b'{"new_date": "2026-12-01", "reason": "r", "reason": "r"}', "/reason"),
        (b'{"new_date": "2026-12-01"}', "/reason"),
        (b'{"new_date": 1, "reason": "r"}', "/new_date"),
    ],
)
def test_a_body_that_is_wrong_is_422_and_says_where(
    served: Served, body: bytes, pointer: str
) -> None:
    answer = served.post(f"{LINE}/date", body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert served.rows("SELECT 1 FROM inbox") == []


def test_a_body_of_another_type_is_415_and_one_too_large_413(served: Served) -> None:
    assert served.post(f"{LINE}/date", Content_Type="text/plain").status_code == 415
    big = DATE | {"reason": "x" * (1024 * 1024)}
    assert served.post(f"{LINE}/date", big).status_code == 413


def test_numbers_are_stored_exactly_and_who_asked_beside_them(served: Served) -> None:
    body = b'{"new_price": 12345678901234567890.12345, "reason": "r"}'
    given = {"Prefer": "respond-async", "X_Actor": "J%C3%BCrgen"}
    assert served.post(f"{LINE}/price", body, **given).status_code == 202
    assert served.stored() == {
        "command": "price",
        "po": "106001",
        "line_no": 10000,
        "new_price": Decimal("12345678901234567890.12345"),
        "reason": "r",
        "actor": "Jürgen",
    }


def test_one_number_in_two_notations_is_one_command_whoever_asks(served: Served) -> None:
    given = {"Prefer": "respond-async"}
    served.post(f"{LINE}/quantity", b'{"new_quantity": 1.50, "reason": "r"}', **given)
    body = b'{"reason": "r", "new_quantity": 15e-1}'
    again = served.post(f"{LINE}/quantity", body, X_Actor="somebody", **given)
    assert again.status_code != 422
    assert len(served.rows("SELECT 1 FROM inbox")) == 1


def test_an_actor_that_cannot_be_printed_is_400(served: Served) -> None:
    assert served.post(f"{LINE}/date", X_Actor="a%00").status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "name", "field"),
    [
        (f"{LINE}/date", DATE, "purchaseOrderLines.date", "expectedReceiptDate"),
        (
            f"{LINE}/price",
            {"new_price": 2, "reason": "r"},
            "purchaseOrderLines.price",
            "directUnitCost",
        ),
        (
            f"{LINE}/quantity",
            {"new_quantity": 2, "reason": "r"},
            "purchaseOrderLines.quantity",
            "quantity",
        ),
        ("/receipts", RECEIPT, "purchaseReceipts.post", "lines"),
        ("/returns", RECEIPT, "purchaseReturns.post", "lines"),
    ],
)
def test_each_command_reaches_the_erp_under_its_own_name(
    served: Served, far: Far, path: str, body: dict[str, Any], name: str, field: str
) -> None:
    assert served.post(path, body).status_code == 200
    [command] = far.written
    assert command.name == name
    assert field in command.values


def test_receipts_and_returns_stand_in_their_orders_line(served: Served) -> None:
    more = {"posting_date": "2026-12-02", "vendor_shipment_no": "LS-1"}
    given = {"Prefer": "respond-async"}
    assert served.post("/receipts", RECEIPT | more, key="a", **given).status_code == 202
    assert served.stored() == RECEIPT | more | {"command": "receipt"}
    assert served.post("/returns", RECEIPT, key="b", **given).status_code == 202
    assert served.stored() == RECEIPT | {"command": "return"}
    served.post(f"{LINE}/date", key="c", **given)
    found = served.rows(
        "SELECT e.entity, k.text FROM inbox e JOIN order_key k ON k.id = e.key_id ORDER BY e.id"
    )
    assert [(row["entity"], row["text"]) for row in found] == [
        ("receipts", "po:106001"),
        ("returns", "po:106001"),
        ("purchase-order-lines", "po:106001"),
    ]


def test_a_command_is_not_a_read(served: Served) -> None:
    answer = served.get(f"{LINE}/date")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
