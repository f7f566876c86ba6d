"""What the commands' bodies hold: strict, and exact to the last decimal.

Source of the bounds: Business Central's Decimal (38 digits), its five decimals for quantities and
unit amounts, and Code[35] for a vendor's document numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from ingest.purchasing.idempotency import BODY_PATTERN

DIGITS = 38
DECIMALS = 5
MOST_LINES = 500
LAST_LINE = 2_147_483_647
LONGEST_NUMBER = 100


def _iso_date(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("a date is written YYYY-MM-DD")
    return date.fromisoformat(text).isoformat()


def _whole_as_decimal(value: Any) -> Any:
    return Decimal(value) if type(value) is int else value


def _number(text: str) -> str:
    if not usable_number(text):
        raise ValueError("a document's number has 1 to 100 printable characters, none at its ends")
    return text


def usable_number(text: str) -> bool:
    """Whether a document can have this number."""
    return 0 < len(text) <= LONGEST_NUMBER and text.isprintable() and text == text.strip()


def _exact(*, above: bool) -> Any:
    bound = {"exclusiveMinimum": 0} if above else {"minimum": 0}
    words = f"Up to {DIGITS} digits, {DECIMALS} of them decimals; read exactly"
    return WithJsonSchema({"type": "number", **bound, "description": words})


_Digits = Field(max_digits=DIGITS, decimal_places=DECIMALS)
Amount = Annotated[
    Decimal, BeforeValidator(_whole_as_decimal), _Digits, Field(ge=0), _exact(above=False)
]
Positive = Annotated[
    Decimal, BeforeValidator(_whole_as_decimal), _Digits, Field(gt=0), _exact(above=True)
]
IsoDate = Annotated[
    str,
    AfterValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date", "description": "YYYY-MM-DD"}),
]
LineNo = Annotated[int, Field(ge=1, le=LAST_LINE)]
Number = Annotated[str, AfterValidator(_number), Field(min_length=1, max_length=LONGEST_NUMBER)]
Text35 = Annotated[str, Field(min_length=1, max_length=35, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Asked(BaseModel):
    """What every command's body holds beside its own fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[
        str,
        Field(min_length=1, max_length=500, pattern=r"\S", description="Why; kept in the audit"),
    ]
    idempotency_key: (
        Annotated[str, Field(pattern=BODY_PATTERN, description="In place of the header")] | None
    ) = None


class LineDate(Asked):
    """A new expected receipt date of a purchase order line."""

    new_date: IsoDate


class LinePrice(Asked):
    """A new direct unit cost of a purchase order line."""

    new_price: Amount


class LineQuantity(Asked):
    """A new ordered quantity of a purchase order line."""

    new_quantity: Amount


class DocumentLine(BaseModel):
    """How much of one line."""

    model_config = ConfigDict(extra="forbid", strict=True)

    line_no: LineNo
    quantity: Positive


def _each_line_once(lines: list[DocumentLine]) -> list[DocumentLine]:
    number, times = Counter(line.line_no for line in lines).most_common(1)[0]
    if times > 1:
        raise ValueError(f"line {number} is named twice")
    return lines


class Posted(Asked):
    """What receipts and returns have in common."""

    po: Number
    lines: Annotated[
        list[DocumentLine],
        Field(min_length=1, max_length=MOST_LINES),
        AfterValidator(_each_line_once),
    ]
    posting_date: IsoDate | None = None


class Receipt(Posted):
    """A receipt of goods against a purchase order."""

    vendor_shipment_no: Text35 | None = None


class Return(Posted):
    """A return of goods that a purchase order brought."""

    vendor_authorization_no: Text35 | None = None
