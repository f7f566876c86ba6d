"""A house behind a real nginx that runs the shipped example, under a path of its own."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.house import API, ZOHO, House
from tests.e2e.wait import eventually

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
PUBLIC = "https://erp.example"
SENDER = "127.0.0.5"
SPOOFED = {"X-Forwarded-For": "203.0.113.66"}

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def main_conf(folder: Path, port: int, upstream: str) -> Path:
    """The shipped file, on other ports, within what a test needs around it."""
    shipped = EXAMPLE.read_text(encoding="utf-8")
    assert "listen 80;" in shipped
    assert "server 127.0.0.1:7003;" in shipped
    ours = shipped.replace("listen 80;", f"listen 127.0.0.1:{port};")
    ours = ours.replace("server 127.0.0.1:7003;", f"server {upstream};")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temps = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temps}\n{ours}\n}}\n"
    )
    return conf


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    env = {"PUBLIC_URL": PUBLIC, "ROOT_PATH": "/tidegate", "TRUSTED_PROXIES": "127.0.0.1"}
    made = House(tmp_path_factory.mktemp("house"), env)
    try:
        made.up()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def nginx(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address under which the house is found behind it."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    conf = main_conf(folder, port, house.http.base_url.netloc.decode())
    assert NGINX is not None
    running = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")]
    )
    try:
        eventually("nginx listens", 10, lambda: listens(port, running))
        yield f"http://127.0.0.1:{port}/tidegate"
    finally:
        running.kill()
        running.wait(10)


def listens(port: int, running: subprocess.Popen[bytes]) -> bool | None:
    assert running.poll() is None, "nginx ended"
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return None
    return True


@pytest.fixture(scope="module")
def sender(nginx: str) -> Iterator[httpx.Client]:
    """A sender with an address that is no proxy's."""
    transport = httpx.HTTPTransport(local_address=SENDER)
    with httpx.Client(base_url=nginx, transport=transport, timeout=40) as client:
        yield client


def remote(house: House, answer: httpx.Response) -> Any:
    """The address that is on record for a delivery."""
    assert answer.status_code == 202, answer.text
    with closing(sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)) as connection:
        found = connection.execute(
            "SELECT remote FROM delivery WHERE uuid = ?", (answer.json()["delivery_id"],)
        )
        return found.fetchone()[0]


def post(client: httpx.Client, number: int, **headers: str) -> httpx.Response:
    item = {"item": {"item_id": str(number), "name": f"Item {number}", "sku": f"S-{number}"}}
    return client.post("/webhooks/products", json=item, headers={**ZOHO, **headers})


def test_a_status_url_leads_through_the_proxy(sender: httpx.Client, nginx: str) -> None:
    answer = post(sender, 1)
    url = answer.json()["status_url"]
    assert url.startswith(f"{PUBLIC}/tidegate/events/")
    found = sender.get(url.removeprefix(f"{PUBLIC}/tidegate"), headers=API)
    assert (found.status_code, found.json()["event_id"]) == (200, answer.json()["event_id"])


def test_the_sender_is_on_record_and_not_the_proxy(house: House, sender: httpx.Client) -> None:
    assert remote(house, post(sender, 2)) == SENDER


def test_an_address_that_the_sender_wrote_himself_does_not_count(
    house: House, sender: httpx.Client
) -> None:
    assert remote(house, post(sender, 3, **SPOOFED)) == SENDER


def test_nobody_may_speak_for_another_without_being_a_proxy(house: House) -> None:
    transport = httpx.HTTPTransport(local_address=SENDER)
    with httpx.Client(base_url=house.http.base_url, transport=transport) as direct:
        assert remote(house, post(direct, 4, **SPOOFED)) == SENDER


def test_the_docs_name_addresses_that_the_proxy_passes_on(sender: httpx.Client) -> None:
    page = sender.get("/docs").text
    assert '"/tidegate/docs/static/swagger-ui-bundle.js"' in page
    assert sender.get("/docs/static/swagger-ui-bundle.js").status_code == 200
    assert sender.get("/openapi.json").json()["servers"] == [{"url": "/tidegate"}]


def test_a_location_leads_through_the_proxy_and_a_number_with_a_slash_arrives_whole(
    house: House, sender: httpx.Client
) -> None:
    answer = sender.post(
        "/api/v1/purchasing/po/-/lines/10000/date?po=A%2F%2F1",
        json={"new_date": "2027-01-15", "reason": "The supplier is late"},
        headers=API | {"Idempotency-Key": "slash-1", "Prefer": "respond-async"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"].startswith(f"{PUBLIC}/tidegate/events/")
    with closing(sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)) as connection:
        keys = connection.execute("SELECT text FROM order_key WHERE text LIKE 'po:A%'").fetchall()
    assert keys == [("po:A//1",)]


def test_a_body_over_our_limit_is_our_refusal_and_far_over_it_the_proxys(
    sender: httpx.Client,
) -> None:
    def sent(size: int) -> httpx.Response:
        return sender.post("/webhooks/products", content=b" " * size, headers=ZOHO)

    ours, theirs = sent(1_200_000), sent(3_000_000)
    assert (ours.status_code, ours.headers["content-type"]) == (413, "application/problem+json")
    assert ours.json()["request_id"] == ours.headers["x-request-id"]
    assert (theirs.status_code, theirs.headers["content-type"]) == (413, "text/html")


def test_what_no_route_answers_is_a_problem_behind_the_proxy_too(sender: httpx.Client) -> None:
    answer = sender.get("/nowhere", headers={"X-Request-Id": "r-1"})
    assert (answer.status_code, answer.json()["request_id"]) == (404, "r-1")
