"""GitHub, Shopify, Zoho, Business Central, static keys, and what a configuration describes."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from ingest.verify import Signed, Verified
from tests.ingest.verify.schemes import (
    EXAMPLES,
    GITHUB,
    HMAC,
    NOW,
    ZOHO,
    built,
    reason,
    set_header,
    verifier,
)

FORM = b"application/x-www-form-urlencoded; charset=UTF-8"
STATES = {"S1": "first-state-0123456789", "S2": "half-\u00e9"}
BC = {"scheme": "business_central"}


def zoho(signed: Signed) -> str:
    return reason(verifier(ZOHO).verify(signed, NOW))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("github", [False, False, True, True]),
        ("shopify", [False, False, True, True]),
        ("stripe", [False, False, True, True]),
        ("zoho", [False, True, True, True]),
        ("static_key", [True, True, True, True]),
    ],
)
def test_each_scheme_covers_what_it_signs(name: str, places: list[bool]) -> None:
    outcome = verifier(EXAMPLES[name]).verify(EXAMPLES[name].signed, NOW)
    assert isinstance(outcome, Verified)
    tried = ("header:X-GitHub-Event", "query:event", "body:/id", "record:/id")
    assert [outcome.covers.place(place) for place in tried] == places


@pytest.mark.parametrize("prefix", ["", "sha1=", "SHA256=", "sha256"])
def test_a_signature_of_github_names_its_hash(prefix: str) -> None:
    value = GITHUB.headers[GITHUB.header].replace("sha256=", prefix).encode()
    signed = set_header(GITHUB.signed, GITHUB.header, value)
    assert reason(verifier(GITHUB).verify(signed, NOW)) in ("malformed", "mismatch")


def test_a_bare_prefix_is_no_signature() -> None:
    signed = set_header(GITHUB.signed, GITHUB.header, b"sha256=")
    assert reason(verifier(GITHUB).verify(signed, NOW)) == "malformed"


def test_hex_counts_in_either_case() -> None:
    value = GITHUB.headers[GITHUB.header].partition("=")[2].upper().encode()
    signed = set_header(GITHUB.signed, GITHUB.header, b"sha256=" + value)
    assert reason(verifier(GITHUB).verify(signed, NOW)) == "let in"


def test_the_time_of_a_described_scheme_is_signed_and_covered() -> None:
    outcome = verifier(HMAC).verify(HMAC.signed, NOW)
    assert isinstance(outcome, Verified)
    assert outcome.covers.headers == frozenset({"x-time"})
    moved = set_header(HMAC.signed, "x-time", b"%d" % (NOW + 1))
    assert reason(verifier(HMAC).verify(moved, NOW)) == "mismatch"


def test_zohos_documented_text_is_what_is_signed() -> None:
    text = b'namebasicsubscription_id90343{"created_date":"2019-03-06","event_id":"5675"}'
    assert verifier(ZOHO).to_sign(ZOHO.signed) == text


@pytest.mark.parametrize(
    ("query", "body", "kind", "text"),
    [
        (b"b=2&a=1", b"c=3", b"application/json", b"a1b2c=3"),
        (b"b=2", b"c=3&a=1", FORM, b"a1b2c3"),
        (b"b=2", b"c=3&a=1", FORM.upper(), b"a1b2c3"),
        (b"", b"JSONString=%7B%22a%22%3A+1%7D", FORM, b'JSONString{"a": 1}'),
        (b"a=2&a=1", b"", b"", b"a2a1"),
        (b"a&=b&&c=", b"x", b"", b"bacx"),
        (b"%61b=%C3%A9%zz%ff", b"", b"", b"ab\xc3\xa9%zz\xff"),
        (b"a==", b"\xff\x00", b"text/plain", b"a=\xff\x00"),
    ],
)
def test_pairs_are_decoded_sorted_by_key_and_run_together(
    query: bytes, body: bytes, kind: bytes, text: bytes
) -> None:
    assert verifier(ZOHO).to_sign(Signed([(b"content-type", kind)], query, body)) == text


def test_zohos_query_is_signed() -> None:
    assert zoho(replace(ZOHO.signed, query=ZOHO.query + b"&event=delete")) == "mismatch"


def test_the_order_of_zohos_query_does_not_matter() -> None:
    assert zoho(replace(ZOHO.signed, query=b"name=basic&subscription_id=90343")) == "let in"


def test_zohos_signature_counts_in_hex_and_in_base64() -> None:
    value = bytes.fromhex(ZOHO.headers[ZOHO.header])
    assert zoho(set_header(ZOHO.signed, ZOHO.header, base64.b64encode(value))) == "let in"
    assert zoho(set_header(ZOHO.signed, ZOHO.header, value.hex().upper().encode())) == "let in"


def test_two_content_types_leave_open_what_zoho_signed() -> None:
    kind = ZOHO.headers["content-type"].encode()
    assert zoho(set_header(ZOHO.signed, "content-type", kind, FORM)) == "doubled"
    assert zoho(set_header(ZOHO.signed, "content-type")) == "let in"


@pytest.mark.parametrize(("pairs", "expected"), [(1001, "mismatch"), (1002, "malformed")])
def test_endless_pairs_are_not_sorted_for_a_stranger(pairs: int, expected: str) -> None:
    many = b"&".join([b"a=1"] * pairs)
    form = set_header(ZOHO.signed, "content-type", FORM)
    assert zoho(replace(ZOHO.signed, query=many)) == expected
    assert zoho(replace(form, query=b"", body=many)) == expected


def test_business_centrals_request_is_let_in_and_nothing_of_it_is_covered() -> None:
    outcome = built(BC, **STATES).verify(Signed([], b"", b""), NOW)
    assert isinstance(outcome, Verified)
    places = ("header:a", "query:a", "body:/a", "record:/a")
    assert not any(outcome.covers.place(place) for place in places)


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("first-state-0123456789", True),
        (b"first-state-0123456789", True),
        ("half-\u00e9", True),
        ("first-state", False),
        ("FIRST-STATE-0123456789", False),
        ("", False),
        (b"\xff", False),
        ("\ud800", False),
        (None, False),
    ],
)
def test_a_client_state_is_any_of_the_live_ones(given: str | bytes | None, ours: bool) -> None:
    assert built(BC, **STATES).client_state(given) is ours


@pytest.mark.parametrize("name", EXAMPLES)
def test_other_schemes_know_no_client_state(name: str) -> None:
    assert not verifier(EXAMPLES[name]).client_state(EXAMPLES[name].secret)
