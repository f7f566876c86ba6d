"""Bad input over a real house: refused with a reason or kept with its bytes, never a 500."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.e2e.house import API, ZOHO, House

pytestmark = pytest.mark.process

LIMIT = 1024 * 1024
LINE = "/api/v1/purchasing/po/106001/lines/10000/date"
PROBLEM = "application/problem+json"
NUMBER = b"9" * 10_000

# What stands between the two halves of a body that is fine in itself.
HORRORS = {
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "10,000 digits": NUMBER,
    "10,000 digits behind a point": b"0." + NUMBER,
    "an exponent of 10,000 digits": b"1e" + NUMBER,
    "an escaped lone surrogate": rb'"\ud800"',
    "half a pair": rb'"\udc00\ud800"',
    "a lone surrogate's bytes": b'"\xed\xa0\x80"',
    "not UTF-8": b'"\xff"',
    "an escaped NUL": rb'"\u0000"',
    "a control character": b'"\x01"',
    "a deep list": b"[" * 100_000 + b"]" * 100_000,
    "a deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep and never closed": b"[" * 100_000,
    "65 levels": b"[" * 65 + b"]" * 65,
    "a duplicate key below": b'{"a": 1, "a": 2}',
    "nothing": b"",
}
WHOLE = {
    "an empty body": b"",
    "not JSON": b"{nope",
    "a list": b"[1, 2]",
    "a text": b'"text"',
    "null": b"null",
    "two documents": b"{} {}",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "UTF-16": '{"item": {}}'.encode("utf-16"),
    "a form": b"JSONString=",
}


def command(horror: bytes) -> bytes:
    return b'{"new_date": "2026-12-01", "reason": ' + horror + b"}"


def product(horror: bytes) -> bytes:
    return b'{"item": {"item_id": "1", "name": "x", "sku": "X", "x": ' + horror + b"}}"


COMMANDS = {
    **{name: command(horror) for name, horror in HORRORS.items()},
    **WHOLE,
    "a duplicate key": b'{"new_date": "2026-12-01", "new_date": "2026-12-02", "reason": "x"}',
    "an unknown field": b'{"new_date": "2026-12-01", "reason": "x", "po": 1}',
    "no such day": b'{"new_date": "2026-02-30", "reason": "x"}',
    "no date": b'{"new_date": 20261201, "reason": "x"}',
    "a key under another name": b'{"new_date": "2026-12-01", "reason": "x", "idempotency_key": ""}',
}
WEBHOOKS = {
    **{name: product(horror) for name, horror in HORRORS.items()},
    **WHOLE,
    "a duplicate key": b'{"item": {"item_id": "1"}, "item": {"item_id": "2"}}',
    "no item": b'{"contact": {"contact_id": "1"}}',
    "an item without id": b'{"item": {"name": "x"}}',
    "an item that is a list": b'{"item": []}',
    "an envelope that cannot be read": b'{"event_type": "product.updated", "data": NaN}',
}
ENVELOPES: dict[str, tuple[Any, str]] = {
    "no data": ({"event_type": "product.updated"}, "/data"),
    "no type": ({"data": {"item_id": "1", "name": "x"}}, "/event_type"),
    "data that is a list": ({"event_type": "product.updated", "data": []}, "/data"),
    "an unknown type": ({"event_type": "product.eaten", "data": {"item_id": "1"}}, "/event_type"),
    "no id": ({"event_type": "product.updated", "data": {"name": "x"}}, "/data/item_id"),
    "a rate that is a word": (
        {"event_type": "product.updated", "data": {"item_id": "1", "name": "x", "rate": "much"}},
        "/data/rate",
    ),
}


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    return body


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_cannot_be_read_is_422_with_a_pointer(house: House, name: str) -> None:
    headers = API | {"Idempotency-Key": "bad"}
    answer = house.http.post(LINE, content=COMMANDS[name], headers=headers)
    errors = is_problem(answer, 422)["errors"]
    assert errors
    assert all(each["pointer"] == "" or each["pointer"][0] == "/" for each in errors)


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_of_unknown_shape_is_kept_with_its_bytes(house: House, name: str) -> None:
    posted = house.http.post("/webhooks/products", content=WEBHOOKS[name], headers=ZOHO)
    assert (posted.status_code, posted.json()["verdict"]) == (202, "new"), posted.text
    event = posted.json()["event_id"]
    assert house.event(event)["state"] == "dead"
    assert kept(house, event) == ("unknown_shape", WEBHOOKS[name])


def kept(house: House, event: str) -> tuple[str, bytes]:
    """The reason of the event's dead letter, and the body in the database."""
    with closing(sqlite3.connect(house.database)) as connection:
        row = connection.execute(
            "SELECT l.reason, p.body FROM inbox AS i JOIN payload AS p ON p.event_id = i.id"
            " JOIN dead_letter AS l ON l.event_id = i.id WHERE i.uuid = ?",
            (event,),
        ).fetchone()
    return str(row[0]), bytes(row[1])


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_that_does_not_validate_is_422_with_pointers(house: House, name: str) -> None:
    body, pointer = ENVELOPES[name]
    answer = house.http.post("/webhooks/products", content=json.dumps(body), headers=ZOHO)
    assert pointer in [each["pointer"] for each in is_problem(answer, 422)["errors"]]


@pytest.mark.parametrize("path", ["/webhooks/products", LINE])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_413(house: House, path: str, chunked: bool) -> None:
    body = b" " * (LIMIT + 1)
    content: bytes | Iterator[bytes] = iter([body[:LIMIT], body[LIMIT:]]) if chunked else body
    is_problem(house.http.post(path, content=content, headers=ZOHO | API), 413)


def test_a_body_at_the_limit_is_taken(house: House) -> None:
    body = product(b'"')[:-2] + b"a" * LIMIT
    body = body[: LIMIT - 3] + b'"}}'
    posted = house.http.post("/webhooks/products", content=body, headers=ZOHO)
    assert (len(body), posted.status_code) == (LIMIT, 202)


@pytest.mark.parametrize(
    "key", [None, b"", b"wrong", b"\xff\xfe\x80", "käse".encode(), b"a" * 60_000]
)
@pytest.mark.parametrize(
    ("method", "path", "header"),
    [
        ("POST", "/webhooks/products", b"X-Webhook-Key"),
        ("POST", LINE, b"X-API-Key"),
        ("GET", "/queue/stats", b"X-API-Key"),
        ("GET", "/events/0190a1b2-0000-7000-8000-000000000000", b"X-API-Key"),
    ],
)
def test_a_missing_or_wrong_key_is_401(
    house: House, method: str, path: str, header: bytes, key: bytes | None
) -> None:
    headers = [] if key is None else [(header, key)]
    answer = house.http.request(method, path, content=b"{}", headers=headers)
    is_problem(answer, 401)


def test_one_kind_of_key_does_not_open_what_the_other_does(house: House) -> None:
    swapped = {"X-Webhook-Key": API["X-API-Key"], "X-API-Key": ZOHO["X-Webhook-Key"]}
    is_problem(house.http.post("/webhooks/products", content=b"{}", headers=swapped), 401)
    is_problem(house.http.get("/queue/stats", headers=swapped), 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/events/0190a1b2-0000-7000-8000-000000000000", 404),
        ("GET", "/events/no-uuid", 404),
        ("GET", "/nowhere", 404),
        ("POST", "/webhooks/unknown", 404),
        ("GET", "/docs/static/nothing.js", 404),
        ("GET", "/webhooks/products", 405),
        ("DELETE", "/events/0190a1b2-0000-7000-8000-000000000000", 405),
        ("POST", "/ping", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    house: House, method: str, path: str, status: int
) -> None:
    is_problem(house.http.request(method, path, headers=API | ZOHO), status)


@pytest.mark.parametrize("key", [None, b"", b"\xff", b"a b", b"a" * 256, b'"open'])
def test_a_missing_or_unusable_idempotency_key_is_400(house: House, key: bytes | None) -> None:
    headers = [(b"X-API-Key", API["X-API-Key"].encode())]
    headers += [] if key is None else [(b"Idempotency-Key", key)]
    is_problem(house.http.post(LINE, content=command(b'"x"'), headers=headers), 400)


@pytest.mark.parametrize("line", ["1e4", "-1", "१", "9999999999", "%00"])
def test_a_line_that_is_no_number_is_404(house: House, line: str) -> None:
    path = f"/api/v1/purchasing/po/106001/lines/{line}/date"
    headers = API | {"Idempotency-Key": "bad-line"}
    is_problem(house.http.post(path, content=command(b'"x"'), headers=headers), 404)


def test_a_line_that_the_erp_does_not_have_is_refused_as_404(house: House) -> None:
    answer = house.line_date("no-such-line", "2026-12-01", line=77)
    is_problem(answer, 404)
    assert house.event(answer.headers["X-Event-Id"])["state"] == "refused"


def test_the_house_still_works_after_all_of_it(house: House) -> None:
    house.ended(house.accepted({"item_id": "still", "name": "x", "sku": "STILL"}))
