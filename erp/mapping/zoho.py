"""What Zoho's fields need beyond a pointer. Source: shared facts on Zoho, sections 3 and 7."""

from __future__ import annotations

from decimal import Decimal

from tidegate.canon import Json


def discount_percent(value: Json, _line: Json) -> Json:
    """The percentage of a line's `discount`, which is `"10.00%"` or an amount."""
    written = value.strip() if isinstance(value, str) else ""
    return written.removesuffix("%").strip() if written.endswith("%") else None


def discount_amount(value: Json, _line: Json) -> Json:
    """The amount of a line's `discount`, None where it is a percentage or nothing."""
    if isinstance(value, str):
        written = value.strip()
        return None if not written or written.endswith("%") else written
    return value if isinstance(value, int | Decimal) and value else None
