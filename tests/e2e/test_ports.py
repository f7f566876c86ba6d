"""The two ports of a house outside `local`, and the one of a house within it."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli import exits
from tests.e2e.house import ADMIN_KEY, API, WEBHOOK_KEY, ZOHO, House, Process
from tests.e2e.wait import eventually

pytestmark = pytest.mark.process

ABROAD = {"ENVIRONMENT": "test", "OPS_PORT": "0"}
OPERATORS = r"operators    (http://127\.0\.0\.1:\d+)"
PROBLEM = "application/problem+json"


def told(house: House, sql: str) -> list[tuple[Any, ...]]:
    """What the database says."""
    with closing(sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Process]]:
    made = House(tmp_path_factory.mktemp("abroad"), ABROAD)
    try:
        yield made, made.up()
    finally:
        made.close()


@pytest.fixture(scope="module")
def ops(abroad: tuple[House, Process]) -> Iterator[httpx.Client]:
    """The operator's port."""
    with httpx.Client(base_url=abroad[1].says(OPERATORS), trust_env=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/ping", "/ready", "/health"])
def test_the_operators_port_says_how_it_is_to_anybody(ops: httpx.Client, path: str) -> None:
    answer = ops.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/queue/stats", "/admin/config"])
def test_the_rest_needs_the_key_of_an_operator(ops: httpx.Client, path: str) -> None:
    refused = ops.get(path)
    assert (refused.status_code, refused.headers["content-type"]) == (401, PROBLEM)
    assert ops.get(path, headers=API).status_code == 200


def test_the_configuration_holds_no_secret(ops: httpx.Client) -> None:
    answer = ops.get("/admin/config", headers=API)
    assert answer.json()["settings"]["ENVIRONMENT"] == "test"
    assert WEBHOOK_KEY not in answer.text
    assert ADMIN_KEY not in answer.text


def test_every_route_of_the_operators_port_is_in_its_document(ops: httpx.Client) -> None:
    paths = ops.get("/openapi.json").json()["paths"]
    plain = [path for path, verbs in paths.items() if "get" in verbs and "{" not in path]
    assert {path: ops.get(path, headers=API).status_code for path in plain} == dict.fromkeys(
        plain, 200
    )
    assert {"/admin/config", "/api/v1/ops/dead-letters"} <= set(plain)


def test_the_operators_port_takes_no_deliveries(ops: httpx.Client) -> None:
    answer = ops.post("/webhooks/products", json={"item": {"item_id": "1"}}, headers=ZOHO)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_the_public_port_knows_no_admin(abroad: tuple[House, Process]) -> None:
    answer = abroad[0].http.get("/admin/config", headers=API)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_nobody_is_a_proxy_by_default_the_loopback_neither(abroad: tuple[House, Process]) -> None:
    house = abroad[0]
    spoofed = {"X-Forwarded-For": "203.0.113.66", "X-Forwarded-Proto": "https"}
    item = {"item": {"item_id": "7", "name": "A", "sku": "A"}}
    answer = house.http.post("/webhooks/products", json=item, headers=ZOHO | spoofed)
    found = told(house, "SELECT remote FROM delivery WHERE source = 'zoho'")
    assert (answer.status_code, found) == (202, [("127.0.0.1",)])
    assert "strict-transport-security" not in answer.headers


def test_an_operators_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = ABROAD | {"OPS_PORT": port}
        args = ["up", "--dir", "d", "--port", "0", "--sandbox-port", "0"]
        process = Process(tmp_path, "refused", args, env)
        try:
            assert eventually("it ends", 20, process.ended) == exits.USAGE
            assert port in process.said()
            assert "set another OPS_PORT" in process.said()
        finally:
            process.kill()


def test_one_stop_ends_both_ports(tmp_path: Path) -> None:
    house = House(tmp_path, ABROAD)
    try:
        process = house.up()
        process.says(OPERATORS)
        process.signal(signal.SIGTERM)
        assert eventually("it ends", 30, process.ended) == exits.OK
    finally:
        house.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A local house in which everything is tight."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "tidegate.toml").write_text(
        '[sources.zoho]\nrate = "3/hour"\n[api]\nrate = "2/hour"\n'
    )
    made = House(folder, {"BODY_LIMIT": "2048"})
    try:
        made.up()
        yield made
    finally:
        made.close()


def count(house: House, rule: str) -> int:
    """How many deliveries the rows of a rule stand for."""
    rows = told(house, "SELECT rule, seen FROM delivery")
    return sum(seen for each, seen in rows if each == rule)


def test_a_sender_over_its_rate_waits_and_a_stranger_does_not_use_it_up(guarded: House) -> None:
    wrong = [guarded.http.post("/webhooks/products", json={}).status_code for _ in range(5)]
    sent = [guarded.product({"item_id": str(n), "name": "A", "sku": "A"}) for n in range(4)]
    assert wrong == [401] * 5
    assert [answer.status_code for answer in sent] == [202] * 3 + [429]
    assert 0 < int(sent[3].headers["retry-after"]) <= 3600
    assert sent[3].headers["content-type"] == PROBLEM


def test_an_owner_over_the_rate_of_the_api_waits(guarded: House) -> None:
    asked = [guarded.line_date(f"k-{n}", "2027-01-15", wait=1) for n in range(3)]
    assert asked[2].status_code == 429
    assert 0 < int(asked[2].headers["retry-after"]) <= 3600


def test_what_was_refused_is_on_record_soon_and_counted(guarded: House) -> None:
    before = count(guarded, "missing")
    for _ in range(50):
        guarded.http.post("/webhooks/products", json={})
    large = guarded.http.post("/webhooks/products", content=b" " * 2049, headers=ZOHO)
    assert large.status_code == 413
    eventually("it is counted", 5, lambda: count(guarded, "too_large") == 1 or None)
    eventually("all are counted", 5, lambda: count(guarded, "missing") >= before + 50 or None)
    # Two minutes' worth, where the test runs over the end of one.
    assert len(told(guarded, "SELECT 1 FROM delivery WHERE rule = 'missing'")) <= 20


def test_locally_one_port_serves_operators_too(guarded: House) -> None:
    found = guarded.http.get("/admin/config", headers=API).json()
    assert found["configuration"]["sources"]["zoho"]["rate"] == "3/hour"


def test_below_the_disk_floor_nothing_is_accepted_and_the_house_says_when_to_come_back(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, {"DISK_FLOOR": str(10**18)})
    try:
        house.up()
        answers = [
            house.product({"item_id": "1", "name": "A", "sku": "A"}),
            house.line_date("k-1", "2027-01-15", wait=1),
        ]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
        assert told(house, "SELECT * FROM delivery") == []
        assert house.http.get("/ready").status_code == 200
    finally:
        house.close()
