"""Shapes: total over any bytes; envelopes are held to their form, the rest is never refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.shapes import Invalid, Record, UnknownShape, read
from ingest.zoho import ENTITIES

PRODUCTS = ENTITIES["products"]
ITEM = {"item_id": "1", "name": "Disk"}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(["event_type", "data", "item", "id", "item_id"])


def found(body: object) -> Record | UnknownShape | Invalid:
    return read(json.dumps(body).encode(), PRODUCTS)


def pointers(body: object) -> list[str]:
    result = found(body)
    assert isinstance(result, Invalid)
    return [problem.pointer for problem in result.problems]


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    assert isinstance(read(body, PRODUCTS), Record | UnknownShape | Invalid)


@given(st.dictionaries(FIELDS, VALUES, max_size=5))
def test_no_document_makes_it_raise(body: dict[str, Any]) -> None:
    is_envelope = "event_type" in body or "data" in body
    assert isinstance(found(body), Record | UnknownShape | Invalid)
    assert is_envelope or not isinstance(found(body), Invalid)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"item_id=1&name=Disk",
        b"[1, 2]",
        b'{"item": {"item_id": "1", "item_id": "2"}}',
        b'{"item": {"item_id": "1", "rate": NaN}}',
        b'{"item": {"item_id": "\\ud800"}}',
        b'{"item": {"item_id": "1", "rate": ' + b"9" * 10_000 + b"}}",
        b'{"event_type": ' + b"[" * 100_000,
    ],
)
def test_what_breaks_the_limits_of_canonical_json_is_of_unknown_shape(body: bytes) -> None:
    assert isinstance(read(body, PRODUCTS), UnknownShape)


@pytest.mark.parametrize(
    "item", [None, [], "1", {}, {"item_id": ""}, {"item_id": True}, {"item_id": "x" * 101}]
)
def test_a_body_without_a_usable_id_is_of_unknown_shape(item: object) -> None:
    assert isinstance(found({"item": item}), UnknownShape)


@pytest.mark.parametrize(
    "item_id", [b"460000000026049", b'"460000000026049"', b"460000000026049.0"]
)
def test_an_id_is_one_entity_whatever_its_json_type(item_id: bytes) -> None:
    result = read(b'{"item": {"item_id": ' + item_id + b"}}", PRODUCTS)
    assert isinstance(result, Record)
    assert result.entity_id == "460000000026049"


def test_two_19_digit_ids_that_differ_in_the_last_digit_are_two() -> None:
    ids = ["1234567890123456789", "1234567890123456788"]
    results = [read(b'{"item": {"item_id": ' + i.encode() + b"}}", PRODUCTS) for i in ids]
    assert [r.entity_id for r in results if isinstance(r, Record)] == ids


def test_the_source_s_own_shape_is_an_update_of_the_object_under_its_wrapper() -> None:
    result = found({"item": ITEM})
    assert isinstance(result, Record)
    assert (result.channel, result.pointer, result.operation) == ("shape", "/item", "update")


def test_an_envelope_names_its_operation_and_message_id() -> None:
    result = found({"event_type": "item.created", "data": ITEM, "id": "m-1"})
    assert isinstance(result, Record)
    assert (result.channel, result.pointer) == ("envelope", "/data")
    assert (result.operation, result.message_id, result.entity_id) == ("create", "m-1", "1")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"data": ITEM}, "/event_type"),
        ({"event_type": "item.updated"}, "/data"),
        ({"event_type": "item.updated", "data": []}, "/data"),
        ({"event_type": "item.exploded", "data": ITEM}, "/event_type"),
        ({"event_type": "item.updated", "data": {"name": "Disk"}}, "/data/item_id"),
        ({"event_type": "item.updated", "data": ITEM | {"name": 7}}, "/data/name"),
        ({"event_type": "item.updated", "data": ITEM, "id": 7}, "/id"),
    ],
)
def test_an_envelope_that_does_not_hold_names_the_place(body: object, pointer: str) -> None:
    assert pointers(body) == [pointer]


def test_an_empty_data_makes_an_envelope_and_not_an_unknown_shape() -> None:
    assert isinstance(found({"data": None, "item": ITEM}), Invalid)
    assert isinstance(found({"item": ITEM}), Record)
