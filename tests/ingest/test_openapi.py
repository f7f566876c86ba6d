"""The document against the application: every route, every check, on a real socket."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis

from ingest.openapi.document import document
from tests.documented import A_FEW, checks, connected, listening, routes_of
from tests.ingest.purchasing.far import Far
from tests.ingest.purchasing.served import KEY, Served

_KEYS = {"X-API-Key": KEY, "X-Webhook-Key": KEY}
_NUMBERS = itertools.count()
schema = schemathesis.openapi.from_dict(document(), config=checks(every_edge=True))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    far = Far()
    far.records["items"] = [{"number": "HD-1"}]
    made = Served(tmp_path_factory.mktemp("openapi"), far)
    yield made
    made.close()


@pytest.fixture(scope="module")
def base_url(served: Served) -> Iterator[str]:
    with listening(served.app) as url:
        yield url


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with connected() as made:
        yield made


@schema.parametrize()
@A_FEW
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case[Any], base_url: str, session: requests.Session
) -> None:
    body = case.body if isinstance(case.body, dict) else {}
    named = "idempotency_key" in body or "Idempotency-Key" in (case.headers or {})
    if case.path.startswith("/api/v1/purchasing") and case.method == "POST" and not named:
        # A document cannot say that one of the two must be there.
        case.headers["Idempotency-Key"] = f"drawn-{next(_NUMBERS)}"
    case.call_and_validate(base_url=base_url, session=session, headers=_KEYS)


def test_every_route_is_in_the_document_and_nothing_else(served: Served) -> None:
    paths = {each.path.replace(":path", "") for each in routes_of(served.app)} - {
        "/openapi.json",
        "/docs",
    }
    short = {path for path in paths if path.startswith("/webhooks/zoho/")}
    named = {"/webhooks/{source}", "/webhooks/{source}/{entity}"}
    assert document()["paths"].keys() - named == paths - short - {"/webhooks/zoho"}


def test_every_operation_says_what_it_is_and_shows_an_example() -> None:
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            good = [code for code in operation["responses"] if code.startswith("2")]
            for code in good:
                assert "example" in operation["responses"][code]["content"]["application/json"]
            if "requestBody" in operation:
                assert operation["requestBody"]["content"]["application/json"]["examples"]


def test_every_reference_leads_somewhere() -> None:
    known = document()["components"]["schemas"]
    for target in _references(document()):
        assert target.removeprefix("#/components/schemas/") in known


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_the_document_is_served(tmp_path: Path, served: Served, base_url: str) -> None:
    assert requests.get(f"{base_url}/openapi.json", timeout=10).json()["openapi"] == "3.1.0"
