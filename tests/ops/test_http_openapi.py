"""The operator's document against the operator's port: every page, on a real socket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis

from ops.faces.nouns import pages
from ops.http import admin_routes
from ops.openapi import document
from sql.sqlite import SqliteDatabase
from tests.documented import A_FEW, checks, connected, listening, routes_of
from tests.ops.face import ADMIN_KEY, Face
from tidegate.clock import SystemClock
from tidegate.config import load_config
from tidegate.ids import Ids
from tidegate.settings import load_settings


def _told() -> dict[str, Any]:
    """The document, from services that no one has asked anything."""
    clock = SystemClock()
    nowhere = SqliteDatabase(Path("nowhere.sqlite"), clock)
    config, given = load_config(None), load_settings({"port": 0}, {}, None)
    return document(pages(nowhere, config, given, clock, Ids(clock)))


TOLD = _told()
# Every edge of every parameter is 3,600 requests, and the filter has 14 on each page.
schema = schemathesis.openapi.from_dict(TOLD, config=checks(every_edge=False))


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    made = Face(tmp_path_factory.mktemp("openapi"))
    made.dead()
    yield made
    made.close()


@pytest.fixture(scope="module")
def base_url(face: Face) -> Iterator[str]:
    with listening(face.app) as url:
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
    case.call_and_validate(base_url=base_url, session=session, headers={"X-API-Key": ADMIN_KEY})


def test_every_route_is_in_the_document_and_nothing_else(face: Face, base_url: str) -> None:
    answer = requests.get(f"{base_url}/openapi.json", timeout=10).json()
    assert answer["paths"] == TOLD["paths"]
    routes = {
        (each.path, method)
        for each in routes_of(face.app)
        for method in (each.methods or set()) - {"HEAD"}
    }
    own = {("/openapi.json", "GET"), ("/docs", "GET")}
    assert routes - own == {
        (path, method.upper()) for path, verbs in TOLD["paths"].items() for method in verbs
    }


def test_every_page_has_an_example_of_what_it_takes_and_answers() -> None:
    for path, verbs in TOLD["paths"].items():
        for operation in verbs.values():
            assert operation["summary"], path
            for code, answer in operation["responses"].items():
                if code.startswith("2"):
                    assert all("example" in each for each in answer["content"].values()), path
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]
                assert all(each["examples"] for each in content.values()), path


def test_where_all_is_served_on_one_port_the_verbs_have_a_document_there(face: Face) -> None:
    paths = {route.path for route in admin_routes(face.desk, face.settings)}
    assert "/api/v1/ops/openapi.json" in paths
    assert {page.address for page in face.pages()} < paths


def test_the_page_names_every_verb_with_its_role(face: Face) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations-api.md").read_text("utf-8")
    told = set(re.findall(r"\| `(\w+) (/\S+)` .+ \| (\w+) \|", page))
    assert told == {(each.method, each.path, each.needs) for each in face.pages()}
