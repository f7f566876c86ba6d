"""Shapes: total over any bytes; envelopes are held to their form, the rest is never refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import shapes
from ingest.places import Parts
from ingest.rules import Rules, rules_of
from ingest.shapes import Invalid, Record, UnknownShape
from ingest.verify import Covers
from tidegate import canon
from tidegate.config import load_config
from tidegate.errors import CanonError

CONFIG = load_config(None)
PRODUCTS = rules_of(CONFIG, "zoho", "products")
WHOLE = Covers(body=True, query=True, headers=None)
BODY = Covers(body=True, query=False, headers=frozenset())
ITEM = {"item_id": "1", "name": "Disk"}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(["event_type", "data", "item", "id", "item_id"])


def read(
    body: bytes, rules: Rules = PRODUCTS, covers: Covers = WHOLE, **parts: Any
) -> Record | UnknownShape | Invalid:
    try:
        value = canon.parse(body)
    except CanonError as error:
        return UnknownShape(str(error))
    return shapes.read(Parts(body=value, **parts), rules, covers)


def found(body: object, **options: Any) -> Record | UnknownShape | Invalid:
    return read(json.dumps(body).encode(), **options)


def pointers(body: object) -> list[str]:
    result = found(body)
    assert isinstance(result, Invalid)
    return [problem.pointer for problem in result.problems]


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    assert isinstance(read(body), Record | UnknownShape | Invalid)


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
    assert isinstance(read(body), UnknownShape)


@pytest.mark.parametrize(
    "item", [None, [], "1", {}, {"item_id": ""}, {"item_id": True}, {"item_id": "x" * 401}]
)
def test_a_body_without_a_usable_id_is_of_unknown_shape(item: object) -> None:
    assert isinstance(found({"item": item}), UnknownShape)


@pytest.mark.parametrize(
    "item_id", [b"460000000026049", b'"460000000026049"', b"460000000026049.0"]
)
def test_an_id_is_one_entity_whatever_its_json_type(item_id: bytes) -> None:
    result = read(b'{"item": {"item_id": ' + item_id + b"}}")
    assert isinstance(result, Record)
    assert result.entity_id == "460000000026049"


def test_two_19_digit_ids_that_differ_in_the_last_digit_are_two() -> None:
    ids = ["1234567890123456789", "1234567890123456788"]
    results = [read(b'{"item": {"item_id": ' + i.encode() + b"}}") for i in ids]
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


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        (b"event=deleted", "delete"),
        (b"event=item_created", "create"),
        (b"event=item.updated", "update"),
        (b"event=approved", "update"),
        (b"event=deleted&event=updated", "update"),
        (b"", "update"),
    ],
)
def test_the_signed_query_may_say_what_was_done(query: bytes, operation: str) -> None:
    result = found({"item": ITEM}, query=query)
    assert isinstance(result, Record)
    assert result.operation == operation


def test_a_query_that_is_not_signed_deletes_nothing() -> None:
    result = found({"item": ITEM}, query=b"event=deleted", covers=BODY)
    assert isinstance(result, Record)
    assert result.operation == "update"


def test_a_strict_source_refuses_what_a_lenient_one_keeps() -> None:
    strict = replace(PRODUCTS, lenient=False)
    assert isinstance(found({"item": {}}), UnknownShape)
    assert isinstance(found({"item": {}}, rules=strict), Invalid)


@pytest.mark.parametrize(
    ("entity", "wrapper", "id_field", "stamp_field"),
    [
        ("products", "item", "item_id", "last_modified_time"),
        ("customers", "contact", "contact_id", "last_modified_time"),
        ("invoices", "invoice", "invoice_id", "last_modified_time"),
        ("bills", "bill", "bill_id", "last_modified_time"),
        ("credit-notes", "creditnote", "creditnote_id", "updated_time"),
        ("stock", "inventory_adjustment", "inventory_adjustment_id", None),
        ("prices", "pricebook", "pricebook_id", None),
    ],
)
def test_each_entity_of_zoho_is_read_in_zoho_s_own_form(
    entity: str, wrapper: str, id_field: str, stamp_field: str | None
) -> None:
    record = {id_field: 460000000026049} | ({stamp_field: "2026-11-20"} if stamp_field else {})
    result = found({wrapper: record}, rules=rules_of(CONFIG, "zoho", entity))
    assert isinstance(result, Record)
    assert (result.entity_id, result.pointer) == ("460000000026049", f"/{wrapper}")
    assert result.stamp_text == ("2026-11-20" if stamp_field else None)


def test_money_of_an_envelope_may_be_a_text_and_ids_may_be_numbers() -> None:
    line = {"item_id": 12345678901234567890, "rate": "12.50", "quantity": 2}
    data = {"invoice_id": 7, "total": "25.00", "line_items": [line], "due_date": ""}
    body = {"event_type": "invoice.updated", "data": data}
    result = found(body, rules=rules_of(CONFIG, "zoho", "invoices"))
    assert isinstance(result, Record)
    assert result.entity_id == "7"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"invoice_id": "1", "total": "a lot"}, "/data/total"),
        ({"invoice_id": "1", "date": "20.11.2026"}, "/data/date"),
        ({"invoice_id": "1", "line_items": [{"rate": []}]}, "/data/line_items/0/rate"),
        ({"total": 1}, "/data/invoice_id"),
    ],
)
def test_an_envelope_s_record_is_typed(data: object, pointer: str) -> None:
    body = {"event_type": "invoice.updated", "data": data}
    result = found(body, rules=rules_of(CONFIG, "zoho", "invoices"))
    assert isinstance(result, Invalid)
    assert result.problems[0].pointer == pointer
