"""Comparison as Business Central stores."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.business_central.compare import same, shows
from tidegate.canon import Json


@pytest.mark.parametrize(
    ("name", "stored", "asked"),
    [
        ("number", "HD-1", "hd-1 "),
        ("itemCategoryCode", "DISKS", "disks"),
        ("unitPrice", 120, Decimal("120.00")),
        ("unitPrice", Decimal("1.23457"), Decimal("1.234565")),
        ("unitPrice", 10**33, Decimal(10**33)),
        ("country", "DE", "de"),
        ("blocked", "_x0020_", " "),
        ("customerId", "6f1c2e0a-52d4", "6F1C2E0A-52D4"),
        ("expectedReceiptDate", "0001-01-01", ""),
        ("expectedReceiptDate", "0001-01-01", None),
        ("itemCategoryId", "00000000-0000-0000-0000-000000000000", None),
        ("unitPrice", 0, None),
        ("blocked", False, None),
        ("displayName", "", None),
    ],
)
def test_values_that_are_stored_alike_are_the_same(name: str, stored: Json, asked: Json) -> None:
    assert same(name, stored, asked)


@pytest.mark.parametrize(
    ("name", "stored", "asked"),
    [
        ("displayName", "Drive", "drive"),
        ("unitPrice", Decimal("0.1"), Decimal("0.10001")),
        ("blocked", True, 1),
        ("gtin", "5", 5),
        ("expectedReceiptDate", "2026-12-01", None),
        ("unitPrice", 3, None),
    ],
)
def test_values_that_are_stored_apart_differ(name: str, stored: Json, asked: Json) -> None:
    assert not same(name, stored, asked)


def test_a_record_without_an_asked_field_does_not_show_it() -> None:
    assert not shows({"number": "HD-1"}, {"number": "HD-1", "gtin": None})
