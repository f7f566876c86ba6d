"""Places: where a delivery says what it is; total, and never the one of two."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.places import Parts, fitting

PARTS = Parts(
    headers=[(b"x-id", b" 7 "), (b"x-two", b"a"), (b"x-two", b"b")],
    query=b"event=deleted&org=1&org=2&name=M%C3%BCller",
    body={"id": "m-1", "item": {"item_id": Decimal("4.6E3")}},
)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("header:X-Id", "7"),
        ("query:event", "deleted"),
        ("query:name", "Müller"),
        ("body:/id", "m-1"),
        ("body:/item/item_id", "4600"),
        ("record:/item_id", "4600"),
    ],
)
def test_a_place_names_one_text(place: str, found: str) -> None:
    assert PARTS.find(place, {"item_id": Decimal("4600.0")}) == found


@pytest.mark.parametrize(
    "place",
    ["header:X-Two", "query:org", "query:none", "body:/item", "body:/no", "record:/item_id"],
)
def test_what_is_missing_given_twice_or_no_scalar_is_nothing(place: str) -> None:
    assert PARTS.find(place, None) is None


@given(st.binary(max_size=60), st.binary(max_size=60), st.text(max_size=20))
def test_no_request_makes_it_raise(query: bytes, value: bytes, where: str) -> None:
    parts = Parts([(b"x-id", value)], query, {"a": [1]})
    for place in (f"query:{where}", "header:x-id", f"body:/{where}", "query:a"):
        assert parts.find(place) is None or isinstance(parts.find(place), str)


@pytest.mark.parametrize(
    ("text", "units", "fits"),
    [
        ("abc", 2, "ab"),
        ("ab", 2, "ab"),
        ("😀😀", 4, "😀😀"),
        ("😀😀", 3, "😀"),
        ("a😀", 2, "a"),
        ("äöü", 2, "äö"),
        ("\ud83d", 1, ""),
        ("", 3, ""),
    ],
)
def test_a_text_is_cut_by_what_sql_server_counts(text: str, units: int, fits: str) -> None:
    assert fitting(text, units) == fits
