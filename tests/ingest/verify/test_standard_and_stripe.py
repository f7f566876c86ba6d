"""Schemes with versions: none of them is talked down, and each reads its secret its own way."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from ingest.verify import Signed, Verified
from tests.ingest.verify.schemes import (
    NOW,
    OTHERS_STANDARD,
    STANDARD,
    STRIPE,
    built,
    reason,
    set_header,
    verifier,
)

GOOD = STANDARD.headers["webhook-signature"].encode()
MAC = STRIPE.headers["stripe-signature"].partition("v1=")[2].encode()
T = b"t=%d" % NOW
WRONG = b"0" * 64


def standard(value: bytes) -> str:
    signed = set_header(STANDARD.signed, "webhook-signature", value)
    return reason(verifier(STANDARD).verify(signed, NOW))


def stripe(value: bytes) -> str:
    signed = set_header(STRIPE.signed, "stripe-signature", value)
    return reason(verifier(STRIPE).verify(signed, NOW))


def test_openais_published_example_is_let_in() -> None:
    headers = [
        (b"webhook-id", b"wh_685c059ae39c8190af8c71ed1022a24d"),
        (b"webhook-timestamp", b"1750861210"),
        (b"webhook-signature", b"v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY="),
    ]
    body = (
        b'{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": '
        b'1750861210, "type": "response.completed", "data": {"id": "resp_123"}}'
    )
    check = built({"scheme": "standard"}, S1=OTHERS_STANDARD)
    assert reason(check.verify(Signed(headers, b"", body), 1750861210)) == "let in"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (GOOD[3:], "malformed"),
        (b"," + GOOD[3:], "malformed"),
        (b"v1,", "malformed"),
        (b"v2," + GOOD[3:], "malformed"),
        (b"v1a," + GOOD[3:], "malformed"),
        (b"v1,AAAA v2," + GOOD[3:], "mismatch"),
        (b"v1,AAAA " + GOOD[3:], "malformed"),
        (b"v1a,xyz v1,AAAA " + GOOD, "let in"),
        (b"v1,x " * 15 + GOOD, "let in"),
        (b"v1,x " * 16 + GOOD, "malformed"),
    ],
)
def test_only_a_v1_counts_as_standard_webhooks(value: bytes, expected: str) -> None:
    assert standard(value) == expected


def test_the_id_is_signed() -> None:
    signed = set_header(STANDARD.signed, "webhook-id", b"msg_other")
    assert reason(verifier(STANDARD).verify(signed, NOW)) == "mismatch"


@pytest.mark.parametrize(("values", "expected"), [([], "missing"), ([b"a", b"a"], "doubled")])
def test_the_id_is_there_once(values: list[bytes], expected: str) -> None:
    signed = set_header(STANDARD.signed, "webhook-id", *values)
    assert reason(verifier(STANDARD).verify(signed, NOW)) == expected


@pytest.mark.parametrize("message", [b"a.b", b"a b", b"a\x00", "\u00e9".encode()])
def test_an_unusable_id_is_refused_though_it_is_rightly_signed(message: bytes) -> None:
    key = base64.b64decode(STANDARD.secret.removeprefix("whsec_"))
    mac = hmac.digest(key, b"%b.%d.%b" % (message, NOW, STANDARD.body), hashlib.sha256)
    signed = set_header(STANDARD.signed, "webhook-id", message)
    signed = set_header(signed, "webhook-signature", b"v1," + base64.b64encode(mac))
    assert reason(verifier(STANDARD).verify(signed, NOW)) == "malformed"


def test_the_id_that_came_is_the_id_that_is_signed() -> None:
    signed = dict(verifier(STANDARD).sign(STANDARD.signed, NOW))
    assert signed == dict(STANDARD.headers)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MAC, "malformed"),
        (T + b"," + MAC, "malformed"),
        (b"v1=" + MAC, "malformed"),
        (T + b",v0=" + MAC, "malformed"),
        (T + b",v1=" + WRONG + b",v0=" + MAC, "mismatch"),
        (T + b",v2=" + MAC + b",v1=" + WRONG, "mismatch"),
        (T + b",v1=" + WRONG + b",v1=" + MAC, "let in"),
        (T + b",v1=" + MAC + b"," + T, "doubled"),
        (b"t=1," + T + b",v1=" + MAC, "doubled"),
        (T + b",v1=x" * 15 + b",v1=" + MAC, "let in"),
        (T + b",v1=x" * 16 + b",v1=" + MAC, "malformed"),
    ],
)
def test_only_a_v1_with_one_time_counts_as_stripes(value: bytes, expected: str) -> None:
    assert stripe(value) == expected


def test_the_time_that_stripe_signs_cannot_be_moved() -> None:
    assert stripe(b"t=%d,v1=%b" % (NOW + 1, MAC)) == "mismatch"


def test_one_prefix_means_two_different_keys() -> None:
    assert STANDARD.secret == STRIPE.secret
    whole = hmac.digest(STRIPE.secret.encode(), b"%d.%b" % (NOW, STRIPE.body), "sha256")
    assert whole.hex().encode() == MAC


def test_what_is_covered_is_what_is_signed() -> None:
    outcome = verifier(STANDARD).verify(STANDARD.signed, NOW)
    assert isinstance(outcome, Verified)
    covered = {
        place: outcome.covers.place(place)
        for place in ("header:Webhook-Id", "header:webhook-signature", "query:a", "body:/a",
                      "record:/a", "elsewhere")
    }  # fmt: skip
    assert list(covered.values()) == [True, False, False, True, True, False]
