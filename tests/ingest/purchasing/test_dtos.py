"""Bodies are held to every bound, and no number loses a digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from ingest.purchasing import dtos
from tidegate import canon

REASON = ', "reason": "r"}'


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0", Decimal(0)),
        ("7", Decimal(7)),
        ("119.90", Decimal("119.90")),
        ("0.00001", Decimal("0.00001")),
        ("123456789012345678901234567890123.45678", None),
        ("1e3", Decimal(1000)),
    ],
)
def test_a_price_is_exactly_what_was_written(text: str, price: Decimal | None) -> None:
    dto = dtos.LinePrice.model_validate(canon.parse(f'{{"new_price": {text}{REASON}'.encode()))
    assert dto.new_price == (Decimal(text) if price is None else price)
    assert isinstance(dto.new_price, Decimal)


@pytest.mark.parametrize(
    "text",
    [
        "-0.01",
        "0.000001",
        "1e38",
        '"5"',
        "true",
        "null",
        "1234567890123456789012345678901234.56789",
    ],
)
def test_a_price_out_of_bounds_or_of_another_type_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        dtos.LinePrice.model_validate(canon.parse(f'{{"new_price": {text}{REASON}'.encode()))


def test_a_lines_quantity_may_be_none_at_all_and_a_receipts_may_not() -> None:
    assert dtos.LineQuantity(new_quantity=Decimal(0), reason="r").new_quantity == 0
    with pytest.raises(ValidationError):
        dtos.DocumentLine(line_no=1, quantity=Decimal(0))


@pytest.mark.parametrize(
    "text", ["2026-12-1", "2026-13-01", "2026-02-30", "01.12.2026", "", "２026-12-01"]
)
def test_a_date_is_iso_or_nothing(text: str) -> None:
    with pytest.raises(ValidationError):
        dtos.LineDate(new_date=text, reason="r")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_reason_says_something(reason: str) -> None:
    with pytest.raises(ValidationError):
        dtos.LineDate(new_date="2026-12-01", reason=reason)


@pytest.mark.parametrize("po", ["", " 106001", "106001 ", "a\nb", "x" * 101])
def test_an_orders_number_can_be_one(po: str) -> None:
    lines = [{"line_no": 1, "quantity": 1}]
    with pytest.raises(ValidationError):
        dtos.Receipt.model_validate({"po": po, "lines": lines, "reason": "r"})


def test_no_field_is_taken_that_is_not_known() -> None:
    with pytest.raises(ValidationError, match="forbidden"):
        dtos.LineDate.model_validate({"new_date": "2026-12-01", "reason": "r", "price": 1})


@pytest.mark.parametrize("numbers", [[], [1, 1], [0], list(range(1, 502))])
def test_a_receipts_lines_are_some_and_each_once(numbers: list[int]) -> None:
    lines = [{"line_no": number, "quantity": 1} for number in numbers]
    with pytest.raises(ValidationError):
        dtos.Receipt.model_validate({"po": "1", "lines": lines, "reason": "r"})
