"""Faults on the way back, a full queue, and faults by chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from erp.sandbox.server import create_app
from erp.sandbox.state import connect
from tests.erp.sandbox_bench import ROOT, Bench, error_of
from tidegate.canon import Json, dumps, parse
from tidegate.clock import SystemClock
from tidegate.errors import ConfigError
from tidegate.ids import Ids


def test_a_proxy_answers_502_with_a_page_though_the_work_is_done(bench: Bench) -> None:
    bench.fault(proxy_502_after=True)
    answer = bench.post("items", {"number": "HD-1"}, "one")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert b"502 Bad Gateway" in answer.content
    assert bench.count("one") == 1


def test_408_is_answered_though_the_work_is_done(bench: Bench) -> None:
    bench.fault(timeout_408_after=True)
    answer = bench.post("items", {"number": "HD-1"}, "one")
    assert error_of(answer) == (408, "Internal_RequestTimeout")
    assert bench.count("one") == 1


def test_a_full_queue_is_429_and_nothing_is_done(bench: Bench) -> None:
    bench.fault(queue=True)
    answer = bench.post("items", {"number": "HD-1"}, "one")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert bench.count("one") == 0


@pytest.mark.parametrize("address", [f"{ROOT}/items", f"{ROOT}/purchaseOrderLines"])
def test_a_body_may_begin_with_a_byte_order_mark(bench: Bench, address: str) -> None:
    plain = bench.http.get(address)
    bench.fault(bom=True, match="GET")
    marked = bench.http.get(address)
    assert marked.content[:3] == b"\xef\xbb\xbf"
    assert marked.status_code == plain.status_code
    assert isinstance(parse(marked.content), dict)


def test_a_star_in_a_match_stands_for_anything(bench: Bench) -> None:
    bench.fault(status=500, match="PATCH *purchaseOrderLines(", times=9)
    line, item = bench.line(), bench.one("items", "1896-S")
    assert bench.patch(f"items({item['id']})", {}, "*").status_code == 200
    assert bench.patch(f"purchaseOrderLines({line['id']})", {}, "*").status_code == 500


def test_chance_hits_the_same_requests_for_the_same_seed(bench: Bench) -> None:
    def hits(seed: int) -> list[int]:
        bench.http.delete("/sandbox/faults")
        bench.http.post(
            "/sandbox/faults",
            content=b'{"status":500,"match":"GET","times":99,"probability":0.5,"seed":%d}' % seed,
        ).raise_for_status()
        return [bench.http.get(f"{ROOT}/items").status_code for _ in range(20)]

    assert hits(1) == hits(1) != hits(2)
    assert set(hits(1)) == {200, 500}


@pytest.mark.parametrize(
    "more",
    [{"probability": 0}, {"probability": 2}, {"probability": "1"}, {"probability": 1, "seed": -1}],
)
def test_a_chance_that_cannot_be_is_422(bench: Bench, more: dict[str, Json]) -> None:
    answer = bench.http.post("/sandbox/faults", content=dumps({"status": 500, **more}))
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["queue", "proxy_502_after", "timeout_408_after", "bom"])
def test_a_switch_is_true_or_not_there(bench: Bench, name: str) -> None:
    assert bench.http.post("/sandbox/faults", content=dumps({name: False})).status_code == 422
    assert bench.http.post("/sandbox/faults", content=dumps({name: True})).json() == {
        name: True,
        "times": 1,
        "left": 1,
    }


def test_faults_hit_the_codeunit_as_they_hit_the_api(bench: Bench) -> None:
    bench.fault(status=503, match="CommandInbox_AdjustStock")
    given: dict[str, Json] = {"lines": [{"itemNumber": "1896-S", "quantity": 1}]}
    answers = [bench.call("AdjustStock", "c-1", given).status_code for _ in range(2)]
    assert answers == [503, 200]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    connection = connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    clock = SystemClock()
    with pytest.raises(ConfigError, match="another version"):
        create_app(path, clock, Ids(clock))
