"""What every answer carries, and whose word counts about where a request came from."""

from __future__ import annotations

import random
import re
from base64 import b64encode
from collections.abc import Collection
from hashlib import sha256
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from ingest.docs import docs_page, static_folder
from ingest.middleware import HANDLERS, guarded
from ingest.problems import MEDIA_TYPE
from tidegate.clock import ManualClock
from tidegate.ids import seeded_ids

PAGE = "https://shop.example"


async def hello(request: Request) -> Response:
    """Says who asks."""
    client = request.client.host if request.client else None
    told = request.headers["x-request-id"]
    return JSONResponse({"client": client, "scheme": request.url.scheme, "id": told})


async def fails(_: Request) -> Response:
    """Our own fault."""
    raise RuntimeError("secret words")


def client(
    *, proxies: Collection[str] = (), origins: Collection[str] = (), peer: str = "192.0.2.9"
) -> TestClient:
    routes: list[Route | Mount] = [
        Route("/hello", hello, methods=["GET"]),
        Route("/fails", fails, methods=["GET"]),
        Route("/docs", docs_page(""), methods=["GET"]),
        Mount("/docs/static", StaticFiles(directory=static_folder())),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    ids = seeded_ids(ManualClock(), random.Random(1))
    return TestClient(
        guarded(app, ids, proxies=proxies, origins=origins),
        raise_server_exceptions=False,
        client=(peer, 5000),
    )


@pytest.mark.parametrize("given", ["a", "~" * 128, "0af76519-16cd!"])
def test_a_good_request_id_is_kept_and_echoed(given: str) -> None:
    answer = client().get("/hello", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    assert answer.json()["id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "ä", "a\tb"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    answer = client().get("/hello", headers={"X-Request-Id": given.encode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.json()["id"] == answer.headers["x-request-id"]


def test_of_two_request_ids_neither_counts() -> None:
    answer = client().get("/hello", headers=[("X-Request-Id", "one"), ("X-Request-Id", "two")])
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_each_request_gets_an_id_of_its_own() -> None:
    asking = client()
    first, second = asking.get("/hello"), asking.get("/hello")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_an_answer_of_the_api_is_neither_stored_nor_sniffed_nor_framed() -> None:
    headers = client().get("/hello").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("POST", "/hello", 405), ("GET", "/fails", 500)],
)
def test_every_error_is_a_problem_that_names_its_request(
    method: str, path: str, status: int
) -> None:
    answer = client().request(method, path, headers={"X-Request-Id": "r-1"})
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    assert (body["status"], body["request_id"]) == (status, "r-1")
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret words" not in answer.text


def test_the_docs_page_may_run_its_own_scripts_and_nothing_else() -> None:
    answer = client().get("/docs")
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    scripts = re.findall(r"<script>(.*)</script>", answer.text)
    allowed = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    assert policy["script-src"].split() == ["'self'", *(f"'sha256-{each}'" for each in allowed)]
    assert policy["default-src"] == "'none'"
    assert "http" not in answer.headers["content-security-policy"]


def test_the_docs_pages_own_files_may_be_kept() -> None:
    answer = client().get("/docs/static/swagger-ui.css")
    assert answer.status_code == 200
    assert "cache-control" not in answer.headers


def told(asking: TestClient, **headers: str) -> dict[str, Any]:
    value: dict[str, Any] = asking.get(
        "/hello", headers={name.replace("_", "-"): text for name, text in headers.items()}
    ).json()
    return value


def test_nobodys_forwarded_address_counts_unless_he_is_named() -> None:
    forwarded = {"X_Forwarded_For": "198.51.100.7", "X_Forwarded_Proto": "https"}
    assert told(client(), **forwarded)["client"] == "192.0.2.9"
    loopback = told(client(peer="127.0.0.1"), **forwarded)
    assert (loopback["client"], loopback["scheme"]) == ("127.0.0.1", "http")
    other = told(client(proxies=["10.0.0.0/8"]), **forwarded)
    assert (other["client"], other["scheme"]) == ("192.0.2.9", "http")


def test_a_named_proxy_says_who_came_and_a_spoofed_address_before_it_does_not_count() -> None:
    behind = client(proxies=["192.0.2.0/24"])
    found = told(behind, X_Forwarded_For="6.6.6.6, 198.51.100.7, 192.0.2.3")
    assert found["client"] == "198.51.100.7"


def test_https_is_made_to_stay_only_where_it_is_used() -> None:
    behind = client(proxies=["192.0.2.0/24"])
    secure = behind.get("/hello", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in behind.get("/hello").headers


def test_without_origins_no_page_may_call() -> None:
    asking = client()
    answer = asking.get("/hello", headers={"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def preflight(asking: TestClient, origin: str) -> Any:
    wanted = {"Access-Control-Request-Method": "POST"}
    wanted |= {"Access-Control-Request-Headers": "X-API-Key, Idempotency-Key"}
    return asking.options("/hello", headers={"Origin": origin, **wanted})


def test_a_page_of_a_configured_origin_may_call() -> None:
    asking = client(origins=[PAGE])
    assert preflight(asking, PAGE).headers["access-control-allow-origin"] == PAGE
    answer = asking.get("/hello", headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


def test_a_page_of_another_origin_gets_a_problem() -> None:
    answer = preflight(client(origins=[PAGE]), "https://evil.example")
    assert (answer.status_code, answer.headers["content-type"]) == (400, MEDIA_TYPE)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
