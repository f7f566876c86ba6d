"""The sandbox's faults: what the client sees, and what took place all the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.erp.sandbox_bench import ROOT, Bench, client, until
from tidegate.canon import Json, dumps
from tidegate.clock import SystemClock


def test_a_status_is_answered_in_the_erps_words_before_any_work(bench: Bench) -> None:
    bench.fault(status=503, times=3)
    answers = [bench.post("items", {"number": "HD-1"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 503, 201]
    assert answers[0].json()["error"]["code"] == "Internal_ServerError"
    assert len(bench.ledger()) == 1


def test_429_says_how_long_to_wait(bench: Bench) -> None:
    bench.fault(status=429)
    assert bench.post("items", {"number": "HD-1"}).headers["Retry-After"] == "1"


def test_drop_before_closes_the_connection_and_does_nothing(bench: Bench) -> None:
    bench.fault(drop="before")
    with pytest.raises(httpx.RemoteProtocolError):
        bench.post("items", {"number": "HD-1"})
    assert bench.ledger() == []


def test_a_drop_is_nothing_that_the_server_complains_of(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.fault(drop="before")
    with pytest.raises(httpx.RemoteProtocolError):
        bench.post("items", {"number": "HD-1"})
    bench.effects()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_drop_after_does_the_work_and_closes_the_connection(bench: Bench) -> None:
    bench.fault(drop="after")
    with pytest.raises(httpx.RemoteProtocolError):
        bench.post("items", {"number": "HD-1"}, "one")
    assert bench.count("one") == 1


def test_a_delayed_request_is_answered(bench: Bench) -> None:
    bench.fault(delay_ms=100)
    clock = SystemClock()
    began = clock.monotonic()
    assert bench.post("items", {"number": "HD-1"}).status_code == 201
    assert clock.monotonic() - began >= 0.1


def test_a_late_request_takes_effect_after_its_client_left(bench: Bench) -> None:
    bench.fault(late_ms=300)
    with client(bench.serving.url, 0.1) as hasty, pytest.raises(httpx.ReadTimeout):
        hasty.post(f"{ROOT}/items", content=b'{"number": "HD-1"}')
    assert bench.ledger() == []
    until(lambda: len(bench.ledger()) == 1)


def test_a_late_request_answers_the_client_that_stayed(bench: Bench) -> None:
    bench.fault(late_ms=50)
    assert bench.post("items", {"number": "HD-1"}).status_code == 201


def test_a_late_create_loses_its_number_to_one_that_came_after_it(bench: Bench) -> None:
    bench.fault(late_ms=300)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(bench.post, "items", {"number": "HD-1"}, "late")
        until(lambda: bench.http.get("/sandbox/faults").json() == [])
        assert bench.post("items", {"number": "HD-1"}, "soon").status_code == 201
        assert late.result().json()["error"]["code"] == "Internal_EntityWithSameKeyExists"
    assert (bench.count("late"), bench.count("soon")) == (0, 1)


def test_a_late_change_loses_its_etag_to_one_that_came_after_it(bench: Bench) -> None:
    line = bench.line()
    address, etag = f"purchaseOrderLines({line['id']})", line["@odata.etag"]
    bench.fault(late_ms=300)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(bench.patch, address, {"quantity": 1}, etag, "late")
        until(lambda: bench.http.get("/sandbox/faults").json() == [])
        assert bench.patch(address, {"quantity": 2}, etag, "soon").status_code == 200
        assert late.result().json()["error"]["code"] == "Request_EntityChanged"
    assert bench.line()["quantity"] == 2


def test_faults_spare_reads_and_the_sandbox_itself(bench: Bench) -> None:
    bench.fault(status=500, match="/")
    assert bench.http.get("/sandbox/effects").status_code == 200
    bench.http.delete("/sandbox/faults")
    bench.fault(status=500)
    assert bench.http.get(f"{ROOT}/items").status_code == 200


def test_a_match_picks_method_and_path(bench: Bench) -> None:
    bench.fault(status=500, match="PATCH /api/v2.0/companies", times=9)
    bench.fault(status=408, match="GET /api/v2.0/companies")
    line = bench.http.get(f"{ROOT}/purchaseOrders")
    assert line.status_code == 408
    assert bench.post("items", {"number": "HD-1"}).status_code == 201
    address = f"purchaseOrderLines({bench.line()['id']})"
    assert bench.patch(address, {"quantity": 1}, "*").status_code == 500


def test_faults_are_used_up_in_the_order_of_their_registration(bench: Bench) -> None:
    bench.fault(status=503, times=2)
    bench.fault(status=504)
    answers = [bench.post("items", {"number": "A"}).status_code for _ in range(4)]
    assert answers == [503, 503, 504, 201]


def test_faults_are_listed_and_cleared(bench: Bench) -> None:
    bench.fault(status=503, times=2, match="PATCH")
    listed = bench.http.get("/sandbox/faults").json()
    assert listed == [{"status": 503, "times": 2, "left": 2, "match": "PATCH"}]
    assert bench.http.delete("/sandbox/faults").status_code == 204
    assert bench.http.get("/sandbox/faults").json() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"times": 1},
        {"status": 200},
        {"status": True},
        {"status": "503"},
        {"status": 503, "drop": "after"},
        {"drop": "sideways"},
        {"delay_ms": -1},
        {"late_ms": None},
        {"status": 503, "times": 0},
        {"status": 503, "match": ""},
        {"status": 503, "colour": "red"},
        [],
    ],
)
def test_a_fault_that_cannot_be_used_is_422(bench: Bench, body: Json) -> None:
    answer = bench.http.post("/sandbox/faults", content=dumps(body))
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_fault_that_is_not_json_is_422(bench: Bench) -> None:
    assert bench.http.post("/sandbox/faults", content=b"{").status_code == 422
