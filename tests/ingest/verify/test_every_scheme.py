"""What every scheme accepts and refuses, each on a real signed example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.verify import Refused, Signed, Verified
from tests.ingest.verify.schemes import (
    EXAMPLES,
    NOW,
    SIGNING,
    STAMPED,
    STATIC,
    Example,
    built,
    reason,
    set_header,
    verifier,
)

each = pytest.mark.parametrize("case", EXAMPLES.values(), ids=EXAMPLES.keys())
each_signing = pytest.mark.parametrize("case", SIGNING.values(), ids=SIGNING.keys())
each_stamped = pytest.mark.parametrize("case", STAMPED.values(), ids=STAMPED.keys())
HOSTILE = st.binary(max_size=60) | st.text("tv10=,. +/%&;\u00e9\u0661\x00", max_size=40).map(
    str.encode
)
NAMES = st.sampled_from(
    [*{name for case in EXAMPLES.values() for name in case.headers}, "host"]
).map(str.encode)


def judged(case: Example, signed: Signed, now: float = NOW) -> str:
    return reason(verifier(case).verify(signed, now))


@each
def test_a_real_example_is_let_in(case: Example) -> None:
    assert isinstance(verifier(case).verify(case.signed, NOW), Verified)


@each
def test_what_we_sign_ourselves_is_let_in(case: Example) -> None:
    check, bare = verifier(case), Signed([], b"a=1", b'{"b":2}')
    headers = [(n.lower().encode(), v.encode()) for n, v in check.sign(bare, NOW)]
    assert reason(check.verify(replace(bare, headers=headers), NOW)) == "let in"


@each_signing
def test_another_body_is_refused(case: Example) -> None:
    assert judged(case, replace(case.signed, body=case.body[:-1] + b"?")) == "mismatch"


@each
def test_another_secret_is_refused(case: Example) -> None:
    check = built(case.options, S1=case.other)
    assert reason(check.verify(case.signed, NOW)) == "mismatch"


@each
@pytest.mark.parametrize("order", [1, -1])
def test_either_of_two_live_secrets_opens(case: Example, order: int) -> None:
    one, two = (case.secret, case.other)[::order]
    check = built(case.options, S1=one, S2=two, S3=case.other)
    assert reason(check.verify(case.signed, NOW)) == "let in"


@each
def test_a_missing_signature_is_refused(case: Example) -> None:
    assert judged(case, set_header(case.signed, case.header)) == "missing"


@each
def test_a_doubled_signature_is_refused_even_where_both_are_right(case: Example) -> None:
    value = case.headers[case.header].encode()
    assert judged(case, set_header(case.signed, case.header, value, value)) == "doubled"


@each
def test_a_doubled_signature_is_seen_in_whatever_case_it_is_named(case: Example) -> None:
    pair = (case.header.upper().encode(), b"x")
    signed = replace(case.signed, headers=[*case.signed.headers, pair])
    assert judged(case, signed) == "doubled"


@each
@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        (b"", {"malformed"}),
        (b"a" * 100_000, {"malformed"}),
        ("\u00e9\u0661".encode(), {"malformed", "mismatch"}),
        (b"\x00", {"malformed", "mismatch"}),
        (b"====", {"malformed", "mismatch"}),
    ],
    ids=["empty", "100 kB", "non-ASCII", "NUL", "bad base64"],
)
def test_what_is_no_signature_is_refused(case: Example, value: bytes, reasons: set[str]) -> None:
    assert judged(case, set_header(case.signed, case.header, value)) in reasons


@each
def test_a_right_signature_behind_100_kb_is_not_looked_for(case: Example) -> None:
    value = case.headers[case.header].encode() + b" " + b"a" * 100_000
    assert judged(case, set_header(case.signed, case.header, value)) == "malformed"


@each_stamped
@pytest.mark.parametrize(
    ("passed", "expected"),
    [(300, "let in"), (-300, "let in"), (301, "old"), (-301, "future"), (10**9, "old")],
)
def test_the_window_has_two_sides(case: Example, passed: int, expected: str) -> None:
    assert judged(case, case.signed, NOW + passed) == expected


@each_stamped
def test_the_window_is_as_wide_as_configured(case: Example) -> None:
    check = built({**case.options, "tolerance": 5.0}, S1=case.secret)
    assert reason(check.verify(case.signed, NOW + 5)) == "let in"
    assert reason(check.verify(case.signed, NOW + 6)) == "old"


@each_stamped
@pytest.mark.parametrize(
    "time",
    [b"", str(10**400).encode(), "\u0661\u0662".encode(), b"+5", b" 5", b"1e9", b"-1", b"nan",
     b"1_0", b"1614265330.0", b"9" * 16],
)  # fmt: skip
def test_a_signed_time_is_plain_digits(case: Example, time: bytes) -> None:
    if case.timestamp:
        signed = set_header(case.signed, case.timestamp, time)
    else:
        old = case.headers[case.header].encode()
        signed = set_header(case.signed, case.header, old.replace(b"%d" % NOW, time))
    assert judged(case, signed) == "malformed"


@pytest.mark.parametrize("name", ["standard", "hmac"])
@pytest.mark.parametrize(("times", "expected"), [(0, "missing"), (2, "doubled")])
def test_the_header_of_a_signed_time_is_there_once(name: str, times: int, expected: str) -> None:
    case = EXAMPLES[name]
    assert case.timestamp
    signed = set_header(case.signed, case.timestamp, *[b"%d" % NOW] * times)
    assert judged(case, signed) == expected


@each_signing
def test_a_static_key_beside_a_signature_is_needed_too(case: Example) -> None:
    check = built({**case.options, "keys": ["K"]}, S1=case.secret, K=STATIC)
    name = "x-webhook-key"
    assert reason(check.verify(case.signed, NOW)) == "missing"
    assert reason(check.verify(set_header(case.signed, name, b"wrong"), NOW)) == "mismatch"
    right = set_header(case.signed, name, STATIC.encode())
    outcome = check.verify(right, NOW)
    assert isinstance(outcome, Verified)
    assert outcome.covers.headers is None
    assert reason(check.verify(set_header(right, case.header, b"x"), NOW)) != "let in"


@each
def test_no_secret_shows_in_what_a_verifier_prints_or_answers(case: Example) -> None:
    check = built({**case.options}, S1=case.secret)
    refused = check.verify(set_header(case.signed, case.header, b"canary"), NOW)
    assert isinstance(refused, Refused)
    assert case.secret not in repr(check)
    assert "canary" not in refused.detail


def requests() -> st.SearchStrategy[Signed]:
    headers = st.lists(st.tuples(NAMES, HOSTILE), max_size=6)
    return st.builds(Signed, headers, HOSTILE, HOSTILE)


@each
@given(signed=requests(), now=st.floats(0, 1e11), value=HOSTILE)
@example(signed=Signed([], b"%\xff&&=", b"\xff\xfe"), now=0.0, value=b"t=" + b"9" * 400 + b",v1=a")
@example(signed=Signed([], b"", b""), now=0.0, value=b"v1,a  v1,b,c ,")
def test_no_input_raises(case: Example, signed: Signed, now: float, value: bytes) -> None:
    check: Any = verifier(case)
    spoilt = set_header(case.signed, case.header, value)
    fed = replace(case.signed, query=signed.query, body=signed.body)
    form = (b"content-type", b"application/x-www-form-urlencoded")
    for one in (signed, spoilt, fed, replace(fed, headers=[*signed.headers, form])):
        assert isinstance(check.verify(one, now), Verified | Refused)
        assert isinstance(check.to_sign(one), bytes)
        assert check.sign(one, now)
