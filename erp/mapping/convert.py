"""From a source's value to one that a far field holds: exact, or refused; nothing is ever cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from erp.mapping.far_fields import DECIMALS, Kind
from tidegate.canon import Json
from tidegate.fingerprint import plain_number

_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INT32 = 2**31
_DECIMAL = Kind.DECIMAL
_WHOLE_DIGITS = 38
"""Digits before the point; Business Central's Decimal has fewer, and says so itself."""
_SURE = 30
_PRECISION = 100
_WORDS = {"true": True, "false": False}


def convert(
    kind: Kind, value: Json, *, length: int | None = None, scale: int | None = None
) -> Json:
    """The value as the far side takes it. Raises `ValueError` with why it cannot.

    Args:
        length: the most characters of a text or code.
        scale: decimals to round to; None: more than the far side holds are refused.
    """
    made = _decimal(value, scale) if kind is _DECIMAL else _READERS[kind](value)
    if isinstance(made, str) and length is not None and len(made) > length:
        raise ValueError(f"it has {len(made)} characters and at most {length} fit")
    return made


def fits(number: Decimal) -> bool:
    """Whether the far side surely holds the number as it is; told by a look that is cheap."""
    # What is infinite, or no number, has a letter for its exponent.
    _, digits, exponent = number.as_tuple()
    return type(exponent) is int and exponent >= -DECIMALS and len(digits) + exponent <= _SURE


def is_blank(value: Json) -> bool:
    """Whether a source that writes blanks for nothing means nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def id_text(value: Json) -> str:
    """An id or a part of a key as text, empty where it is none."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return plain_number(value)


def word(value: Json) -> str:
    """A value to be compared with a configured one: `true` and `"true"` are the same word."""
    return str(value).lower() if isinstance(value, bool) else id_text(value)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("it is no text")
    return plain_number(value)


def _code(value: Json) -> str:
    return _text(value).strip().upper()


def _decimal(value: Json, scale: int | None) -> int | Decimal:
    number = _number(value)
    if isinstance(number, int):
        return number
    if number.adjusted() >= _WHOLE_DIGITS:
        raise ValueError("it is too large a number")
    exponent = number.as_tuple().exponent
    if scale is None and isinstance(exponent, int) and exponent >= -DECIMALS:
        return number
    unit = Decimal(1).scaleb(-(DECIMALS if scale is None else scale))
    with localcontext(prec=_PRECISION):
        rounded = number.quantize(unit, ROUND_HALF_UP)
    if scale is None and rounded != number:
        raise ValueError(f"it has more than {DECIMALS} decimals; a mapping's scale rounds them")
    return number if scale is None else rounded


def _number(value: Json) -> int | Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("it is no number")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("it is no number")
    return value


def _integer(value: Json) -> int:
    number = _number(value)
    if not -_INT32 <= number < _INT32 or number != int(number):
        raise ValueError("it is no whole number that fits")
    return int(number)


def _boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise ValueError("it is neither true nor false")


def _date(value: Json) -> str:
    written = value.strip() if isinstance(value, str) else ""
    if not _DATE.fullmatch(written):
        raise ValueError("it is no date such as 2026-11-20")
    return date.fromisoformat(written).isoformat()


_READERS: Mapping[Kind, Callable[[Json], Json]] = {
    Kind.TEXT: _text,
    Kind.ID: _text,
    Kind.CODE: _code,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
}
