"""The request of one attempt, byte by byte."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outbox.envelope import Envelope, envelope, header_value
from outbox.store import Dispatch
from tests.outbox.bench import SECRET
from tidegate.errors import CanonError, ConfigError
from tidegate.signing import verify

NOW = datetime(2026, 11, 21, 8, 0, 5, tzinfo=UTC)
OTHER_SECRET = "whsec_" + "REVG" * 10
DISPATCH = Dispatch(
    id=1,
    subscription_id=1,
    dkey_id=1,
    no=3,
    message_id="msg_0193",
    event_uuid="0193AAAA-0000-7000-8000-000000000001",
    type="products.applied",
    subject="HD 1",
    data='{"entity":"products","old":null,"new":{"price":120.50,"id":4600000000260490001}}',
    at="2026-11-21 08:00:00.000001",
    trace=None,
    attempts=1,
    url="https://example.org/hook",
    name="default",
    enabled=True,
)


def made(dispatch: Dispatch = DISPATCH, *secrets: str, **more: str) -> Envelope:
    return envelope(dispatch, secrets or (SECRET,), NOW, source="https://gate.example", **more)


def test_the_body_is_a_standard_webhooks_payload_with_exact_numbers() -> None:
    assert made().body == (
        b'{"data":{"entity":"products","event_id":"0193aaaa-0000-7000-8000-000000000001",'
        b'"key":"HD 1","new":{"id":4600000000260490001,"price":120.5},"old":null,"sequence":3},'
        b'"timestamp":"2026-11-21T08:00:00.000001Z","type":"products.applied"}'
    )


def test_the_headers_are_those_of_standard_webhooks_and_cloudevents() -> None:
    headers = made().headers
    headers.pop("webhook-signature")
    assert headers == {
        "content-type": "application/json",
        "webhook-id": "msg_0193",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "ce-specversion": "1.0",
        "ce-id": "0193aaaa-0000-7000-8000-000000000001",
        "ce-source": "https://gate.example",
        "ce-type": "products.applied",
        "ce-time": "2026-11-21T08:00:00.000001Z",
        "ce-subject": "HD%201",
        "ce-sequence": "3",
    }


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_either_of_two_live_secrets_verifies(secret: str) -> None:
    request = made(DISPATCH, SECRET, OTHER_SECRET)
    assert verify(
        [secret],
        request.headers["webhook-id"].encode(),
        request.headers["webhook-timestamp"].encode(),
        request.headers["webhook-signature"].encode(),
        request.body,
        now=NOW.timestamp(),
    )


def test_a_traceparent_is_a_header_where_there_is_one() -> None:
    assert "traceparent" not in made().headers
    assert made(traceparent="00-ab").headers["traceparent"] == "00-ab"


def test_header_values_are_encoded_as_the_binding_shows() -> None:
    assert header_value("Euro € 😀") == "Euro%20%E2%82%AC%20%F0%9F%98%80"
    assert header_value('a"b%c\r\nd\ud800') == "a%22b%25c%0D%0Ad?"
    assert header_value("/po/1?x=[~]") == "/po/1?x=[~]"


@pytest.mark.parametrize("data", ["[1]", "no JSON", "7", '{"a":1,"a":2}'])
def test_data_that_is_no_object_travels_as_a_value(data: str) -> None:
    body = json.loads(made(replace(DISPATCH, data=data)).body)
    assert body["data"]["value"] in ([1], 7, data)
    assert body["data"]["sequence"] == 3


def test_what_the_row_says_of_itself_cannot_displace_id_and_number() -> None:
    body = json.loads(made(replace(DISPATCH, data='{"event_id":"x","sequence":9}')).body)
    assert body["data"]["event_id"] == "0193aaaa-0000-7000-8000-000000000001"
    assert body["data"]["sequence"] == 3


def test_what_cannot_be_signed_or_written_is_an_error() -> None:
    with pytest.raises(ConfigError):
        made(DISPATCH, "whsec_short")
    with pytest.raises(CanonError):
        made(replace(DISPATCH, data="\x00"))
