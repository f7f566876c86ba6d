"""When a command is turned away at the door, or ends without an answer of the ERP's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.wait import eventually
from tests.ingest.purchasing.far import COMMANDS, Far
from tests.ingest.purchasing.served import DATE, Served
from tidegate.errors import FarError, StoreUnavailable

LINE = "/po/106001/lines/10000"
ADDRESS = {
    "purchaseOrderLines.date": f"{LINE}/date",
    "purchaseOrderLines.price": f"{LINE}/price",
    "purchaseOrderLines.quantity": f"{LINE}/quantity",
    "purchaseReceipts.post": "/receipts",
    "purchaseReturns.post": "/returns",
}
_LINES = {"po": "106001", "lines": [{"line_no": 10000, "quantity": 1}], "reason": "As agreed"}
BODIES = {
    "purchaseOrderLines.price": {"new_price": 1, "reason": "As agreed"},
    "purchaseOrderLines.quantity": {"new_quantity": 1, "reason": "As agreed"},
    "purchaseReceipts.post": _LINES,
    "purchaseReturns.post": _LINES,
}
PAUSE = (
    "INSERT INTO pause (target, kind, reason, actor, since, until_at)"
    " VALUES ('far', 'operator', 'month end', 'ops', '2026-01-01 00:00:00.000000', NULL)"
)


def test_a_paused_adapter_is_503_before_anything_is_queued(served: Served, far: Far) -> None:
    served.write(PAUSE)
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, answer.json()["code"]) == (503, "paused")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "month end" in answer.json()["detail"]
    assert served.rows("SELECT 1 FROM inbox") == []


def test_who_does_not_wait_is_queued_behind_a_pause(served: Served, far: Far) -> None:
    far.go.clear()
    served.write(PAUSE)
    queued = served.post(f"{LINE}/date", Prefer="respond-async")
    assert queued.status_code == 202
    assert served.post(f"{LINE}/date").status_code == 409, "its key is known all the same"
    served.write("DELETE FROM pause")
    far.go.set()
    served.ended(queued.json()["event_id"], "applied")


def test_a_key_that_was_answered_is_answered_behind_a_pause(served: Served) -> None:
    first = served.post(f"{LINE}/date")
    served.write(PAUSE)
    assert served.post(f"{LINE}/date").content == first.content


def test_a_blocked_order_is_409_with_what_blocks_it(served: Served, far: Far) -> None:
    far.go.clear()
    stuck = served.post(f"{LINE}/date", key="stuck", Prefer="respond-async").json()["event_id"]
    served.write("UPDATE sync_queue SET state = 4, due_at = '2026-12-24 10:00:00.000000'")
    answer = served.post("/po/106001/lines/20000/date", key="next")
    assert (answer.status_code, answer.json()["code"]) == (409, "blocked")
    told = answer.json()
    assert (told["blocked_by"], told["status_url"]) == (stuck, f"/events/{stuck}")
    assert told["earliest_probe_at"] == "2026-12-24T10:00:00.000000Z"
    assert "since" in told
    far.go.set()
    assert served.post("/po/106002/lines/10000/date", key="other").status_code == 200


def test_too_many_that_wait_are_429(serve: Callable[..., Served]) -> None:
    far = Far()
    far.go.clear()
    served = serve(far, "lanes = 1\n[api]\nbacklog = 1\n")
    answers = [
        served.post(f"/po/{number}/lines/1/date", key=f"k{number}", Prefer="respond-async")
        for number in range(4)
    ]
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    answer = refused[0]
    assert answer.json()["code"] == "backlog"
    assert int(answer.headers["Retry-After"]) >= 1


def test_an_expired_command_is_504_for_its_key(served: Served, far: Far) -> None:
    event = served.post(f"{LINE}/date").headers["X-Event-Id"]
    served.write("UPDATE inbox SET state = 'expired', answer_status = 504")
    served.write("UPDATE payload SET answer = NULL")
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, answer.json()["code"]) == (504, "expired")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Event-Id"] == event


def test_a_command_whose_deadline_passes_in_the_line_expires(serve: Callable[..., Served]) -> None:
    far = Far()
    served = serve(far, "[entities.purchase-order-lines]\ndeadline = 0.2\n")
    far.go.clear()
    first = served.post(f"{LINE}/date", key="runs", Prefer="respond-async").json()["event_id"]
    event = served.post(f"{LINE}/date", Prefer="respond-async").json()["event_id"]
    served.ended(event, "expired")
    assert served.post(f"{LINE}/date").json()["code"] == "expired"
    far.go.set()
    served.ended(first, "applied")
    assert len(far.written) == 1


@pytest.mark.parametrize(
    ("state", "status"), [("applied", 200), ("refused", 422), ("discarded", 409), ("dead", 202)]
)
def test_an_end_whose_answer_is_no_longer_kept_is_told_by_its_state(
    served: Served, state: str, status: int
) -> None:
    served.post(f"{LINE}/date")
    served.write("UPDATE inbox SET state = ?, answer_status = NULL", state)
    served.write("UPDATE payload SET answer = NULL")
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, state in answer.text) == (status, True)


def test_a_command_of_shadow_writes_is_409_for_its_key_and_nothing_is_written(
    serve: Callable[..., Served],
) -> None:
    far = Far()
    served = serve(far, "[entities.purchase-order-lines]\nwrites = 'shadow'\n")
    first, again = served.post(f"{LINE}/date"), served.post(f"{LINE}/date")
    assert (first.status_code, first.json()["code"], first.json()["state"]) == (
        409,
        "shadow",
        "discarded",
    )
    assert again.content == first.content
    assert far.written == []
    [row] = served.rows("SELECT request FROM attempt_body")
    assert b'"sent":"asked"' in row["request"]


def test_an_erp_that_is_down_after_queueing_is_202_and_goes_on_later(
    served: Served, far: Far
) -> None:
    far.failure = FarError("connection refused", sent=False, phase="connect")
    queued = served.post(f"{LINE}/date", Prefer="wait=1")
    assert queued.status_code == 202
    far.failure = None
    served.ended(queued.json()["event_id"], "applied")
    assert served.post(f"{LINE}/date").status_code == 200


def test_a_store_that_is_away_is_503_and_nothing_is_queued(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(served.db, "read", gone)
    monkeypatch.setattr(served.db, "at_once", gone)
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_who_asks_more_often_than_agreed_is_429(serve: Callable[..., Served]) -> None:
    served = serve(Far(), '[api]\nrate = "2/hour"\n')
    assert served.get("/capabilities").status_code == 200
    assert served.post(f"{LINE}/date").status_code == 200
    for answer in (served.get("/capabilities"), served.post(f"{LINE}/date")):
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


def test_a_disk_that_is_nearly_full_takes_no_command(serve: Callable[..., Served]) -> None:
    served = serve(Far(), disk_floor=2**60)
    answer = served.post(f"{LINE}/date")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_the_adapter_cannot_do_is_501_with_the_reason(
    serve: Callable[..., Served], command: str
) -> None:
    served = serve(Far(command))
    answer = served.post(ADDRESS[command], BODIES.get(command, DATE))
    assert answer.status_code == 501
    assert command in answer.json()["detail"]
    assert served.rows("SELECT 1 FROM inbox") == []
    assert served.rows("SELECT rule FROM delivery") == [{"rule": "unable"}]


def test_a_key_that_was_answered_is_answered_though_the_adapter_can_no_more(
    served: Served, far: Far
) -> None:
    first = served.post(f"{LINE}/date")
    assert first.status_code == 200
    far.commands = {}
    again = served.post(f"{LINE}/date")
    assert (again.status_code, again.content) == (200, first.content)
    assert served.post(f"{LINE}/date", key="new").status_code == 501


def test_without_an_erp_here_commands_are_taken_and_reads_are_501(
    serve: Callable[..., Served],
) -> None:
    served = serve(None)
    assert served.post(f"{LINE}/date", Prefer="respond-async").status_code == 202
    answer = served.get("/items")
    assert (answer.status_code, answer.json()["detail"]) == (501, "no ERP is configured here")
    assert served.get("/capabilities").json() == {"adapters": {}}


def test_a_caller_without_a_key_is_turned_away_and_on_record(served: Served) -> None:
    assert served.post(f"{LINE}/date", X_API_Key="guess").status_code == 401
    sql = "SELECT source, rule, verdict FROM delivery"
    found = eventually("it is on record", 10, lambda: served.rows(sql) or None)
    assert found == [{"source": "api", "rule": "unauthorized", "verdict": "rejected"}]
