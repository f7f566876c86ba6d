"""Reads through the ERP port: one record, pages, and what a failure is called."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from ingest.erp_door import SLOTS
from tests.e2e.wait import eventually, stays
from tests.ingest.purchasing.far import Far
from tests.ingest.purchasing.served import BASE, Served
from tidegate.errors import FarError


@pytest.fixture
def far() -> Far:
    made = Far()
    made.records["purchaseOrders"] = [{"number": "106001"}, {"number": "A/1"}]
    made.records["purchaseOrderLines"] = [
        {"number": number, "lineNo": line * 10000, "directUnitCost": Decimal("80.25")}
        for number in ("106001", "A/1")
        for line in (1, 2, 3)
    ]
    made.records["items"] = [{"number": f"I-{n:03}", "unitPrice": Decimal("0.1")} for n in range(7)]
    made.records["vendors"] = [{"number": "V-100"}]
    return made


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/po/106001", {"number": "106001"}),
        ("/po/A/1", {"number": "A/1"}),
        ("/po/A%2F1", {"number": "A/1"}),
        ("/po/-?po=A/1", {"number": "A/1"}),
        ("/vendors/V-100", {"number": "V-100"}),
    ],
)
def test_a_record_is_read_by_its_number(served: Served, path: str, found: dict[str, Any]) -> None:
    answer = served.get(path)
    assert (answer.status_code, answer.json()) == (200, found)


def test_a_line_is_read_and_its_decimals_are_exact(served: Served) -> None:
    answer = served.get("/po/A/1/lines/20000")
    assert answer.content == b'{"directUnitCost":80.25,"lineNo":20000,"number":"A/1"}'


@pytest.mark.parametrize(
    "path",
    ["/po/nope", "/po/nope/lines", "/po/106001/lines/15000", "/items/nope", "/vendors/nope"],
)
def test_what_is_not_there_is_404(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_pages_follow_each_other_to_the_end(served: Served) -> None:
    path, found, pages = "/items?limit=3", [], 0
    while path:
        page = served.get(path).json()
        found += [each["number"] for each in page["value"]]
        path, pages = page.get("next", "").removeprefix(BASE), pages + 1
    assert (found, pages) == ([f"I-{n:03}" for n in range(7)], 3)


def test_the_pages_of_an_orders_lines_keep_its_number(served: Served) -> None:
    page = served.get("/po/-/lines?po=A%2F1&limit=2").json()
    assert [each["lineNo"] for each in page["value"]] == [10000, 20000]
    rest = served.get(page["next"].removeprefix(BASE)).json()
    assert [(each["number"], each["lineNo"]) for each in rest["value"]] == [("A/1", 30000)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=", "after=%00", "limit=９"]
)
def test_a_page_that_cannot_be_is_422(served: Served, query: str) -> None:
    assert served.get(f"/items?{query}").status_code == 422


def test_lines_go_on_after_a_number_alone(served: Served) -> None:
    assert served.get("/po/106001/lines?after=x").status_code == 422


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (FarError("refused", sent=False, phase="connect"), 503),
        (FarError("busy", sent=False, status=429, retry_after=7.0), 503),
        (FarError("slow", sent=False, phase="timeout"), 504),
        (FarError("slow", sent=False, status=408), 504),
        (FarError("no company", sent=False, status=404), 404),
    ],
)
def test_an_erp_that_fails_is_named_so(
    served: Served, far: Far, failure: FarError, status: int
) -> None:
    far.failure = failure
    answer = served.get("/items")
    assert (answer.status_code, answer.json()["detail"]) == (status, str(failure))
    assert answer.headers.get("Retry-After") == (
        None if status != 503 else "7" if failure.retry_after else "5"
    )


def test_what_cannot_be_read_is_501_with_the_reason(serve: Callable[..., Served]) -> None:
    answer = serve(Far("quotes")).get("/quotes")
    assert (answer.status_code, answer.json()["detail"]) == (501, "far: it keeps none")


def test_no_more_reads_are_under_way_than_there_are_slots(served: Served, far: Far) -> None:
    far.go.clear()
    with ThreadPoolExecutor(5) as callers:
        answers = [callers.submit(served.get, "/items") for _ in range(5)]
        eventually("the slots are taken", 5, lambda: len(far.reading) == SLOTS or None)
        stays("the others wait", 0.2, lambda: len(far.reading) == SLOTS)
        far.go.set()
        assert [each.result().status_code for each in answers] == [200] * 5


def test_capabilities_name_every_command_and_read(serve: Callable[..., Served]) -> None:
    told = serve(Far("purchaseReturns.post", "quotes")).get("/capabilities").json()
    far = told["adapters"]["far"]
    assert far["commands"]["purchaseOrderLines.date"] == {"can": True, "repeat": "conditional"}
    assert far["commands"]["purchaseReturns.post"]["can"] is False
    assert far["reads"]["items"] == {"can": True}
    assert far["reads"]["quotes"] == {"can": False, "reason": "it keeps none"}


@pytest.mark.parametrize("path", ["/po/106001", "/items", "/vendors/V-100", "/capabilities"])
def test_a_stranger_reads_nothing(served: Served, path: str) -> None:
    assert served.get(path, **{"X-API-Key": "wrong"}).status_code == 401
