"""The webhook addresses: who is let in, what is kept, and what each sender is told."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ops.story import tell
from tests.ingest.served import SECRETS, ZOHO, Served
from tidegate.config import load_config

CONFIG = """
[sources.github]
secrets = ["GITHUB_SECRET"]

[sources.books]
preset = "zoho"
scheme = "zoho"
secrets = ["ZOHO_SECRET"]

[sources.beside]
preset = "zoho"
scheme = "zoho"
secrets = ["ZOHO_SECRET"]
keys = ["WEBHOOK_KEY"]

[sources.exact]
preset = "static_key"
secrets = ["WEBHOOK_KEY"]
lenient = false
entity_id = "record:/id"
stamp = "record:/at"
utc_offset = "+01:00"
rate = "2/hour"

[sources.till]
preset = "static_key"
secrets = ["WEBHOOK_KEY"]
message_id = "record:/mid"

[entities."till.sales"]
kind = "stream"

[entities."exact.orders"]
kind = "document"
order_key = "po=/number"
"""
ITEM = {"item_id": "1", "name": "Disk", "sku": "HD", "last_modified_time": "2026-11-20T10:00:00Z"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    path = tmp_path / "tidegate.toml"
    path.write_text(CONFIG)
    made = Served(tmp_path, load_config(path))
    yield made
    made.close()


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def github(raw: bytes) -> dict[str, str]:
    mac = hmac.new(SECRETS["GITHUB_SECRET"].encode(), raw, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={mac}", "X-GitHub-Delivery": "d-1"}


def zoho(query: str, raw: bytes) -> dict[str, str]:
    pairs = sorted(part.split("=", 1) for part in query.split("&"))
    text = "".join(f"{name}{value}" for name, value in pairs).encode() + raw
    mac = hmac.new(SECRETS["ZOHO_SECRET"].encode(), text, hashlib.sha256).hexdigest()
    return {"X-Zoho-Webhook-Signature": mac}


def test_a_delivery_from_a_known_sender_is_new_once_and_then_a_duplicate(served: Served) -> None:
    first, again = (served.post("/webhooks/products", body({"item": ITEM})) for _ in range(2))
    assert [first.status_code, again.status_code] == [202, 202]
    assert [first.json()["verdict"], again.json()["verdict"]] == ["new", "duplicate"]
    assert again.json()["event_id"] == first.json()["event_id"]
    assert first.json()["status_url"].endswith(f"/events/{first.json()['event_id']}")


@pytest.mark.parametrize("headers", [{}, {"X-Webhook-Key": ""}, {"X-Webhook-Key": "guess"}])
def test_a_stranger_is_turned_away_and_counted(served: Served, headers: dict[str, str]) -> None:
    answer = served.post("/webhooks/products", body({"item": ITEM}), headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert served.rows("SELECT * FROM inbox") == []
    assert len(served.refused()) == 1


def test_a_thousand_strangers_leave_few_rows_and_an_exact_count(served: Served) -> None:
    app = served.desk.refusals
    for _ in range(200):
        served.post("/webhooks/products", b"{}", {})
    assert app is served.desk.refusals
    found = served.refused()
    assert len(found) <= 10
    assert sum(row["seen"] for row in found) == 200


def test_the_long_address_of_a_source_is_the_short_one(served: Served) -> None:
    served.post("/webhooks/products", body({"item": ITEM}))
    again = served.post("/webhooks/zoho/products", body({"item": ITEM}))
    assert again.json()["verdict"] == "duplicate"


def test_a_form_with_jsonstring_is_unpacked_and_its_bytes_are_kept(served: Served) -> None:
    raw = urlencode({"JSONString": json.dumps({"item": ITEM})}).encode()
    headers = ZOHO | {"Content-Type": "application/x-www-form-urlencoded"}
    assert served.post("/webhooks/products", raw, headers).json()["verdict"] == "new"
    assert served.rows("SELECT entity_text FROM inbox") == [{"entity_text": "1"}]
    assert served.rows("SELECT body FROM payload") == [{"body": raw}]


@pytest.mark.parametrize("raw", [b"", b"\xff\x00", b"{", b"[]", b'{"a":1,"a":2}', b'{"item":7}'])
def test_a_lenient_source_keeps_any_bytes(served: Served, raw: bytes) -> None:
    answer = served.post("/webhooks/products", raw)
    assert (answer.status_code, answer.json()["verdict"]) == (202, "new")
    assert served.rows("SELECT body FROM payload") == [{"body": raw}]
    assert served.rows("SELECT reason FROM dead_letter") == [{"reason": "unknown_shape"}]


def test_an_envelope_that_does_not_hold_is_422_with_pointers(served: Served) -> None:
    answer = served.post("/webhooks/products", body({"event_type": "item.updated", "data": {}}))
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/data/item_id", "/data/name"}


def test_the_address_without_an_entity_takes_it_from_the_signed_query(served: Served) -> None:
    raw = body({"item": ITEM})
    query = "entity=item&event=deleted"
    answer = served.post(f"/webhooks/books?{query}", raw, zoho(query, raw))
    assert answer.status_code == 202
    assert served.rows("SELECT source, entity, operation FROM inbox") == [
        {"source": "books", "entity": "products", "operation": "delete"}
    ]


def test_without_a_query_the_one_known_record_in_the_body_names_the_entity(
    served: Served,
) -> None:
    served.post("/webhooks/zoho", body({"invoice": {"invoice_id": "7"}}))
    served.post("/webhooks/zoho", body({"invoice": {}, "item": ITEM}))
    found = served.rows("SELECT entity, state FROM inbox ORDER BY id")
    assert [(row["entity"], row["state"]) for row in found] == [
        ("invoices", "live"),
        ("unknown", "dead"),
    ]


def test_an_update_and_a_delete_with_one_body_are_two_events(served: Served) -> None:
    raw = body({"item": ITEM})
    verdicts = [
        served.post(f"/webhooks/books/products?{q}", raw, zoho(q, raw)).json()["verdict"]
        for q in ("event=updated", "event=deleted", "event=updated")
    ]
    assert verdicts == ["new", "new", "duplicate"]


def test_a_signature_of_another_query_lets_nobody_in(served: Served) -> None:
    raw = body({"item": ITEM})
    headers = zoho("event=updated", raw)
    assert served.post("/webhooks/books/products?event=deleted", raw, headers).status_code == 401


def test_an_unsigned_id_makes_a_duplicate_only_with_the_same_content(served: Served) -> None:
    bodies = [body({"n": 1}), body({"n": 1}), body({"n": 2})]
    told = [served.post("/webhooks/github/events", raw, github(raw)).json() for raw in bodies]
    assert [each["verdict"] for each in told] == ["new", "duplicate", "new"]


def test_a_strict_source_takes_json_alone_and_only_what_fits(served: Served) -> None:
    address = "/webhooks/exact/orders"
    form = ZOHO | {"Content-Type": "application/x-www-form-urlencoded"}
    assert served.post(address, b"id=1", form).status_code == 415
    answer = served.post(address, body({"number": "PO-1"}), ZOHO)
    assert answer.status_code in (415, 422)


def test_the_order_key_may_be_that_of_the_purchase_order(served: Served) -> None:
    json_type = ZOHO | {"Content-Type": "application/json"}
    record = {"id": "1", "number": "PO-1", "at": "2026-11-20T10:00:00"}
    answer = served.post("/webhooks/exact/orders", body(record), json_type)
    assert answer.status_code == 202
    assert served.rows("SELECT text FROM order_key") == [{"text": "po:PO-1"}]
    assert served.rows("SELECT stamp FROM inbox") == [{"stamp": "2026-11-20T09:00:00Z"}]


def test_a_used_up_rate_is_429_and_counted_but_strangers_do_not_use_it_up(served: Served) -> None:
    json_type = ZOHO | {"Content-Type": "application/json"}
    raw = body({"id": "1"})
    codes = [served.post("/webhooks/exact/orders", raw, {}).status_code for _ in range(5)]
    codes += [served.post("/webhooks/exact/orders", raw, json_type).status_code for _ in range(3)]
    assert codes == [401] * 5 + [202, 202, 429]


def test_a_body_over_the_limit_is_413(served: Served) -> None:
    answer = served.post("/webhooks/products", b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert [row["rule"] for row in served.refused()] == ["too_large"]


def test_an_unknown_source_or_entity_is_404_as_problem_details(served: Served) -> None:
    for path in ("/webhooks/nobody/orders", "/webhooks/zoho/nothing"):
        answer = served.post(path, b"{}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_ids_that_differ_in_case_or_trailing_space_are_kept_apart(served: Served) -> None:
    for item_id in ("ab", "AB", "ab ", "äb"):
        served.post("/webhooks/products", body({"item": ITEM | {"item_id": item_id}}))
    assert len(served.rows("SELECT * FROM entity_head")) == 4


@pytest.mark.parametrize(
    ("path", "asks"),
    [
        ("/webhooks/products", "send the key in X-Webhook-Key"),
        (
            "/webhooks/books/products",
            "sign the request, and send the signature in X-Zoho-Webhook-Signature",
        ),
        (
            "/webhooks/beside/products",
            "sign the request, and send the signature in X-Zoho-Webhook-Signature;"
            " beside it send the key in X-Webhook-Key",
        ),
    ],
)
def test_a_stranger_is_told_what_the_scheme_asks(served: Served, path: str, asks: str) -> None:
    answer = served.post(path, body({"item": ITEM}), {})
    assert (answer.status_code, answer.json()["detail"]) == (401, asks)


def test_a_stamp_more_than_a_day_ahead_is_told_of_and_not_used(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    ahead = (served.clock.now() + timedelta(days=1, minutes=1)).isoformat()
    first = served.post("/webhooks/products", body({"item": ITEM | {"last_modified_time": ahead}}))
    assert first.json()["verdict"] == "new"
    assert "stamp.ahead" in capsys.readouterr().err
    [head] = served.rows("SELECT stamp FROM entity_head")
    assert head["stamp"] is None
    later = served.post("/webhooks/products", body({"item": ITEM}))
    assert later.json()["verdict"] == "new", "it is older than the stamp that nobody believes"


def test_a_stamp_less_than_a_day_ahead_is_used(served: Served) -> None:
    ahead = (served.clock.now() + timedelta(hours=23, minutes=59)).isoformat()
    served.post("/webhooks/products", body({"item": ITEM | {"last_modified_time": ahead}}))
    assert served.post("/webhooks/products", body({"item": ITEM})).json()["verdict"] == "stale"


@pytest.mark.parametrize("filler", ["x" * 400, "😀" * 200])
def test_long_message_ids_that_begin_alike_are_two(served: Served, filler: str) -> None:
    ids = [f"{filler}-{end}" for end in "aba"]
    told = [served.post("/webhooks/till/sales", body({"mid": each})).json() for each in ids]
    assert [each["verdict"] for each in told] == ["new", "new", "duplicate"]
    assert told[2]["event_id"] == told[0]["event_id"]
    kept = served.rows("SELECT message_id FROM inbox")
    assert [row["message_id"] for row in kept] == [filler, filler]


def test_an_event_is_found_by_its_long_message_id(served: Served) -> None:
    told = served.post("/webhooks/till/sales", body({"mid": "x" * 500})).json()
    found = tell(served.db, "x" * 500)
    assert found is not None
    assert found["event_id"] == told["event_id"]
