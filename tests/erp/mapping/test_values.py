"""Values are exact or refused; nothing is cut."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.mapping.convert import convert, fits
from erp.mapping.far_fields import Kind
from erp.mapping.mapper import Mapper
from tests.erp.mapping.bench import mapped, mapper, refused, values
from tidegate.canon import Json
from tidegate.outcome import Rejected


@given(st.decimals(allow_nan=True) | st.decimals(places=5) | st.decimals(-(10**40), 10**40))
def test_a_number_of_which_a_glance_says_that_it_fits_is_kept_as_it_is(number: Decimal) -> None:
    if fits(number):
        assert str(convert(Kind.DECIMAL, number)) == str(number)


@pytest.mark.parametrize("number", ["120.50", "0.00001", "-3.1", "99999999.99"])
def test_a_glance_is_enough_for_a_price(number: str) -> None:
    assert fits(Decimal(number))


def price(value: Json) -> Json:
    return values("products", {"sku": "A", "rate": value}).get("unitPrice")


def of(folder: Path, field: str, **more: str) -> Mapper:
    fields = "".join(f"{name} = {spec}\n" for name, spec in more.items())
    return mapper(folder, f"[mapping.products.fields]\n{field}\n{fields}")


@pytest.mark.parametrize("length", [100, 101])
def test_a_text_longer_than_the_far_field_is_refused_with_its_pointer(length: int) -> None:
    found = mapped("products", {"sku": "A", "name": "n" * length})
    assert isinstance(found, Rejected) is (length > 100)
    if isinstance(found, Rejected):
        assert found.message.startswith("/name: cannot be displayName: it has 101 characters")


def test_a_code_is_upper_cased_and_never_cut() -> None:
    assert values("products", {"sku": "straße-" + "x" * 12})["number"] == "STRASSE-" + "X" * 12
    # One letter may become two, so the length is that of what is stored.
    assert "/sku" in refused("products", {"sku": "straße-" + "x" * 13})


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (120, 120),
        (Decimal("120.50"), Decimal("120.50")),
        ("120.50", Decimal("120.50")),
        (Decimal("0.00001"), Decimal("0.00001")),
        (Decimal("12345678901234567890.12345"), Decimal("12345678901234567890.12345")),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_amounts_are_exact_and_blanks_are_nothing(given: Json, made: Json) -> None:
    assert price(given) == made


@pytest.mark.parametrize("given", ["12%", "1,5", "1e3", True, [], {}, "٣", "NaN", Decimal("1e38")])
def test_what_is_no_number_is_refused(given: Json) -> None:
    assert "/rate: cannot be unitPrice" in refused("products", {"sku": "A", "rate": given})


def test_more_decimals_than_the_far_side_holds_are_refused_unless_a_scale_says_to_round(
    tmp_path: Path,
) -> None:
    record = {"sku": "A", "rate": Decimal("1.000005")}
    assert "more than 5 decimals" in refused("products", record)
    rounding = of(tmp_path, 'unitPrice = { from = "/rate", scale = 5 }')
    assert values("products", record, rounding)["unitPrice"] == Decimal("1.00001")


@pytest.mark.parametrize("given", ["20.11.2026", "2026-11-31", "2026-11-20T00:00:00Z", 20261120])
def test_what_is_no_date_is_refused(given: Json) -> None:
    record: Json = {"command": "date", "po": "A", "line_no": 1, "new_date": given}
    said = refused("purchase-order-lines", record, source="api")
    assert said.startswith("/new_date: cannot be expectedReceiptDate")


def test_a_text_that_was_emptied_is_emptied_over_there() -> None:
    assert values("products", {"sku": "A", "name": ""})["displayName"] == ""
    assert "displayName" not in values("products", {"sku": "A", "name": None})


def test_a_default_stands_for_what_is_not_there(tmp_path: Path) -> None:
    by = of(tmp_path, 'baseUnitOfMeasureCode = { from = "/unit", default = "pcs" }')
    for record in ({"sku": "A"}, {"sku": "A", "unit": " "}):
        assert values("products", record, by)["baseUnitOfMeasureCode"] == "PCS"
    assert values("products", {"sku": "A", "unit": "kg"}, by)["baseUnitOfMeasureCode"] == "KG"


def test_a_map_translates_and_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    spec = 'blocked = { from = "/status", map = { active = false, inactive = true } }'
    by = of(tmp_path, spec)
    assert values("products", {"sku": "A", "status": "inactive"}, by)["blocked"] is True
    assert values("products", {"sku": "A", "status": "active"}, by)["blocked"] is False
    assert "blocked" not in values("products", {"sku": "A"}, by)
    said = refused("products", {"sku": "A", "status": "gone"}, by)
    assert said == "/status: 'gone' is none of 'active', 'inactive'"


def test_a_maximum_of_the_file_s_own_is_kept(tmp_path: Path) -> None:
    by = of(tmp_path, 'displayName = { from = "/name", max = 3 }')
    assert "at most 3" in refused("products", {"sku": "A", "name": "long"}, by)


def test_a_function_gives_the_value_and_may_refuse(tmp_path: Path) -> None:
    by = of(tmp_path, 'displayName = { from = "/name", call = "tests.erp.mapping.calls:shout" }')
    assert values("products", {"sku": "A", "name": "disk"}, by)["displayName"] == "DISK A"
    said = refused("products", {"sku": "A", "name": "quiet"}, by)
    assert said == "/name: tests.erp.mapping.calls:shout refused it: too quiet"
    assert "KeyError" in refused("products", {"sku": "A", "name": "fail"}, by)


def test_what_a_function_gives_is_held_to_the_far_field_too(tmp_path: Path) -> None:
    by = of(tmp_path, 'displayName = { from = "/name", call = "tests.erp.mapping.calls:shout" }')
    assert "at most 100" in refused("products", {"sku": "A", "name": "n" * 100}, by)


@pytest.mark.parametrize("record", [None, [], "x", 1])
def test_a_record_that_is_no_object_is_refused(record: Json) -> None:
    assert refused("products", record) == "the record is not an object"


def test_an_entity_without_mapping_is_refused() -> None:
    assert refused("colours", {}) == "no mapping for colours of zoho"


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(Kind), _ANY, st.none() | st.integers(0, 5))
def test_whatever_a_sender_writes_is_converted_or_refused(
    kind: Kind, value: Any, scale: int | None
) -> None:
    with suppress(ValueError):
        convert(kind, value, length=20, scale=scale)


@given(st.sampled_from(("contact_id", "contact_name", "billing_address", "contact_type")), _ANY)
def test_no_record_makes_the_mapper_raise(name: str, value: Any) -> None:
    mapped("customers", {"contact_id": 1, "contact_name": "x", name: value})
