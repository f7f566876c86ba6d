"""Hashes of names and of contents."""

from __future__ import annotations

import copy
import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.canon import Json, parse
from tidegate.errors import CanonError
from tidegate.fingerprint import beginning, content_hash, digest, digest_after

PARTS = st.lists(st.none() | st.binary(max_size=6), max_size=5)


@given(PARTS, PARTS)
def test_two_lists_of_parts_share_a_digest_exactly_if_they_are_equal(
    one: list[bytes | None], other: list[bytes | None]
) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_text_counts_as_its_utf_8() -> None:
    assert digest("ÿ", "b") == digest("ÿ".encode(), b"b")


def test_half_a_surrogate_pair_has_a_digest() -> None:
    assert digest("\ud800") != digest("\ud801")


def test_the_digest_is_sha_256_of_the_parts_behind_their_lengths() -> None:
    expected = hashlib.sha256(b"\x00" * 7 + b"\x02ab" + b"\xff" * 8 + b"\x00" * 8).digest()
    assert digest("ab", None, "") == expected


def product(**changes: Json) -> Json:
    content: dict[str, Json] = {
        "item_id": 4815000000044208,
        "name": "Bag",
        "stock_on_hand": 5,
        "locations": [{"location_id": "1", "on_hand": 2}, {"location_id": "2", "on_hand": 3}],
    }
    return content | changes


def hashed(content: Json, **options: list[str]) -> bytes:
    return content_hash("update", "2026-03-01T10:00:00Z", content, **options)


def test_operation_and_stamp_count() -> None:
    assert len({
        content_hash(operation, stamp, product())
        for operation in ("create", "update")
        for stamp in (None, "", "1", "2")
    }) == 8  # fmt: skip


def test_equal_numbers_and_another_order_of_names_are_the_same_content() -> None:
    assert hashed(parse(b'{"a": 1.50, "b": 2}')) == hashed(parse(b'{"b": 2.0, "a": 1.5}'))


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("stock_on_hand", {"stock_on_hand": 6}),
        ("locations/*/on_hand", {"locations": [{"location_id": "1"}, {"location_id": "2"}]}),
        ("*/*/on_hand", {"locations": [{"location_id": "1"}, {"location_id": "2", "on_hand": 9}]}),
        ("locations", {"locations": "gone"}),
        ("locations/*", {"locations": []}),
    ],
)
def test_a_volatile_field_does_not_count(path: str, changes: dict[str, Json]) -> None:
    assert hashed(product(), volatile=[path]) == hashed(product(**changes), volatile=[path])
    assert hashed(product()) != hashed(product(**changes))


@pytest.mark.parametrize("path", ["name/x", "stock", "locations/on_hand", "locations/0/on_hand"])
def test_a_path_that_names_nothing_takes_nothing_away(path: str) -> None:
    assert hashed(product(), volatile=[path]) == hashed(product())


@pytest.mark.parametrize("paths", [["a", "a/b"], ["a/b", "a"], ["*", "a/b"], ["a/b", "*"]])
def test_a_path_covers_the_longer_ones_that_begin_with_it(paths: list[str]) -> None:
    assert hashed({"a": {"b": 1, "c": 2}}, volatile=paths) == hashed({"a": 3}, volatile=paths)


def test_a_name_with_a_slash_is_escaped_as_in_a_pointer() -> None:
    assert hashed({"a/b": 1, "c": 2}, volatile=["a~1b"]) == hashed({"c": 2})


@pytest.mark.parametrize(
    "written", [b"4815000000044208", b"4815000000044208.0", b"4815000000044208e0"]
)
def test_an_id_is_the_same_as_number_and_as_text(written: bytes) -> None:
    as_text = hashed(product(item_id="4815000000044208"), ids=["item_id"])
    assert hashed(product(item_id=parse(written)), ids=["item_id"]) == as_text


def test_large_ids_are_the_digits_that_a_sender_would_write() -> None:
    content: Json = {"lines": [{"id": 10**25}, {"id": Decimal("1e3")}], "refs": [1, True]}
    as_text: Json = {"lines": [{"id": "1" + "0" * 25}, {"id": "1000"}], "refs": ["1", True]}
    paths = ["lines", "lines/*/id", "refs/*"]
    assert hashed(content, ids=paths) == hashed(as_text)


def test_a_number_that_is_no_id_stays_a_number() -> None:
    assert hashed({"id": 1, "n": 1}, ids=["id"]) != hashed({"id": "1", "n": "1"}, ids=["id"])


def test_the_content_is_left_as_it_is() -> None:
    content = product()
    before = copy.deepcopy(content)
    hashed(content, volatile=["stock_on_hand", "locations/*/on_hand"], ids=["*/*/location_id", "*"])
    assert content == before


def test_a_content_beyond_the_limits_is_refused() -> None:
    with pytest.raises(CanonError):
        hashed({"n": Decimal("NaN")})


def test_an_id_path_that_ends_inside_another_does_not_take_it_along() -> None:
    as_number = content_hash("update", None, {"a": {"b": 7}}, ids=("a", "a/b"))
    as_text = content_hash("update", None, {"a": {"b": "7"}}, ids=("a", "a/b"))
    assert as_number == as_text


def test_hashing_leaves_the_content_as_it_is() -> None:
    content: dict[str, Json] = {"id": 7, "at": "now", "lines": [{"id": 8, "at": "now"}]}
    content_hash("update", None, content, volatile=("at", "*/at"), ids=("id", "lines/*/id"))
    assert content == {"id": 7, "at": "now", "lines": [{"id": 8, "at": "now"}]}


def test_a_digest_after_a_beginning_is_the_digest_of_all_parts() -> None:
    begun = beginning("entity", "zoho")
    assert digest_after(begun, "ä1") == digest("entity", "zoho", "ä1")
