"""The headers, read byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from ingest.purchasing.caller import LONGEST_ACTOR, UnusableActor, actor
from ingest.purchasing.idempotency import Prefer, UnusableKey, header_key, prefer


def asked(*headers: tuple[str, bytes]) -> Request:
    pairs = [(name.lower().encode(), value) for name, value in headers]
    return Request({"type": "http", "headers": pairs})


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"8e03978e", "8e03978e"),
        (b'"8e03978e"', "8e03978e"),
        (b' "with space" ', "with space"),
        (rb'"a \"b\" \\c"', 'a "b" \\c'),
        (b'"k";version=1', "k"),
        (b"k" * 255, "k" * 255),
    ],
)
def test_a_key_is_read_quoted_or_bare(raw: bytes, key: str) -> None:
    assert header_key(asked(("Idempotency-Key", raw))) == key


@pytest.mark.parametrize(
    "raw", [b"", b'""', b'"open', b'a"b c', rb'"bad \escape"', b"two words", b"k" * 256, b"\xe9"]
)
def test_what_is_no_key_is_refused(raw: bytes) -> None:
    with pytest.raises(UnusableKey):
        header_key(asked(("Idempotency-Key", raw)))


def test_two_keys_are_none() -> None:
    with pytest.raises(UnusableKey):
        header_key(asked(("Idempotency-Key", b"a"), ("Idempotency-Key", b"b")))
    assert header_key(asked()) is None


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"wait=5", Prefer(5.0)),
        (b"Wait = 5", Prefer(5.0)),
        (b'wait="7"', Prefer(7.0)),
        (b"wait=999", Prefer(60.0)),
        (b"respond-async", Prefer(None, True)),
        (b"respond-async, wait=3", Prefer(3.0, True)),
        (b"return=minimal; x=1, respond-async", Prefer(None, True)),
        (b"wait=1, wait=2", Prefer(1.0)),
        (b"wait=soon", Prefer()),
        (b"respond-asynchronously", Prefer()),
        (b"wait=-1", Prefer()),
        (b",,;=", Prefer()),
    ],
)
def test_preferences_are_read_and_others_passed_over(raw: bytes, found: Prefer) -> None:
    assert prefer(asked(("Prefer", raw))) == found


def test_respond_async_alone_waits_for_nothing_and_with_wait_so_long() -> None:
    assert Prefer(None, True).seconds(10.0) == 0.0
    assert Prefer(3.0, True).seconds(10.0) == 3.0
    assert Prefer().seconds(10.0) == 10.0


def test_only_what_was_honoured_is_echoed() -> None:
    assert Prefer(3.0, True).applied(202) == {"Preference-Applied": "respond-async, wait=3"}
    assert Prefer(3.0, True).applied(200) == {"Preference-Applied": "wait=3"}
    assert Prefer().applied(200) == {}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"j.smith", "j.smith"),
        ("Jürgen Müller".encode(), "Jürgen Müller"),
        ("Jürgen".encode("latin-1"), "Jürgen"),
        (b"J%C3%BCrgen", "Jürgen"),
        (b"50% of it", "50% of it"),
        (b"", None),
        (b"   ", None),
    ],
)
def test_an_actor_is_read_in_every_form_that_it_comes_in(raw: bytes, name: str | None) -> None:
    assert actor(asked(("X-Actor", raw))) == name


@pytest.mark.parametrize("raw", [b"a" * (LONGEST_ACTOR + 1), b"a%00b", b"a%0Ab", b"\xff\x80"])
def test_an_actor_that_cannot_be_printed_is_refused(raw: bytes) -> None:
    with pytest.raises(UnusableActor):
        actor(asked(("X-Actor", raw)))


@given(st.binary(max_size=60))
def test_no_bytes_make_the_headers_raise_anything_else(raw: bytes) -> None:
    request = asked(("Idempotency-Key", raw), ("Prefer", raw), ("X-Actor", raw))
    prefer(request)
    for read, refused in ((header_key, UnusableKey), (actor, UnusableActor)):
        try:
            read(request)
        except refused:
            continue
