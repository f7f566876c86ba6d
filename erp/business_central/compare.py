"""Whether a record shows what was asked, compared as Business Central stores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal

from tidegate.canon import Json

_BLANKS = ("", " ", "_x0020_", "0001-01-01", "00000000-0000-0000-0000-000000000000")
_SCALE = Decimal("0.00001")
# Decimals of Business Central have 38 digits at most, before and after the point.
_ROUNDING = Context(prec=100, rounding=ROUND_HALF_UP)
_CODES = ("number", "country", "postalCode", "salesperson", "purchaser")
_CODE_ENDINGS = ("Number", "Code", "Country")


def shows(record: Mapping[str, Json], asked: Mapping[str, Json]) -> bool:
    """Whether every asked field has the asked value."""
    return not differing(record, asked)


def differing(record: Mapping[str, Json], asked: Mapping[str, Json]) -> list[str]:
    """The names of the asked fields that the record does not show as asked."""
    return [
        name
        for name in sorted(asked)
        if name not in record or not same(name, record[name], asked[name])
    ]


def same(name: str, stored: Json, asked: Json) -> bool:
    """Whether the two are one value once stored: codes by upper case, numbers by five decimals."""
    if asked is None:
        # Null asks for the type's blank, which is 0 or false where it is not a text.
        return stored in (None, *_BLANKS) or stored == 0
    return _as_stored(name, stored) == _as_stored(name, asked)


def _as_stored(name: str, value: Json) -> tuple[str, Json]:
    # The type goes along, because Python holds True and 1 to be equal.
    if value is None or value in _BLANKS:
        return "blank", None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | Decimal):
        return "number", Decimal(value).quantize(_SCALE, context=_ROUNDING)
    if isinstance(value, str):
        return "text", _text_as_stored(name, value)
    return "other", value


def _text_as_stored(name: str, value: str) -> str:
    if name.endswith("Id"):
        return value.lower()
    is_code = name in _CODES or name.endswith(_CODE_ENDINGS)
    return value.strip().upper() if is_code else value
