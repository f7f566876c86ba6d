"""How Business Central stores a field: codes upper-cased, decimals exact, blanks never null."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from erp.sandbox.errors import bad_request, too_long
from tidegate.canon import Json

SCALE = Decimal("0.00001")
CENT = Decimal("0.01")
BLANK_DATE = "0001-01-01"
BLANK_GUID = "00000000-0000-0000-0000-000000000000"


class Kind(enum.Enum):
    """A field's type, named as in OData's error texts."""

    TEXT = "Edm.String"
    CODE = "Edm.String (code)"
    DECIMAL = "Edm.Decimal"
    INTEGER = "Edm.Int32"
    DATE = "Edm.Date"
    BOOLEAN = "Edm.Boolean"
    GUID = "Edm.Guid"
    MOMENT = "Edm.DateTimeOffset"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document.

    Args:
        kind: its type.
        default: its value in a new record; None stands for the type's blank.
        read_only: whether a request that names it is refused.
        immutable: whether it can be given on creation only.
        length: the most characters of a text or code.
    """

    kind: Kind
    default: Json = None
    read_only: bool = False
    immutable: bool = False
    length: int = 100

    def blank(self) -> Json:
        """The value that a new record holds."""
        return BLANKS[self.kind] if self.default is None else self.default


BLANKS: Mapping[Kind, Json] = {
    Kind.TEXT: "",
    Kind.CODE: "",
    Kind.DECIMAL: 0,
    Kind.INTEGER: 0,
    Kind.DATE: BLANK_DATE,
    Kind.BOOLEAN: False,
    Kind.GUID: BLANK_GUID,
}
CURRENCY: Mapping[str, Field] = {
    "currencyId": Field(Kind.GUID),
    "currencyCode": Field(Kind.CODE, length=10),
}


def store(name: str, field: Field, value: Json) -> Json:
    """The value as it is kept; raises `BcError` where the field cannot hold it."""
    if value is None:
        return BLANKS[field.kind]
    stored = _read(name, field.kind, value)
    if isinstance(stored, str) and len(stored) > field.length:
        raise too_long(stored, field.length)
    return stored


def _read(name: str, kind: Kind, value: Json) -> Json:
    try:
        return _READERS[kind](value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise bad_request(
            f"Cannot convert the value of '{name}' to the expected type {kind.value}."
        ) from error


def _text(value: Json) -> Json:
    if not isinstance(value, str):
        raise TypeError
    return value


def _code(value: Json) -> Json:
    if not isinstance(value, str):
        raise TypeError
    return value.strip().upper()


def _decimal(value: Json) -> int | Decimal:
    exact = number(value)
    return rounded(exact, SCALE) if isinstance(exact, Decimal) else exact


def rounded(value: Decimal, places: Decimal) -> int | Decimal:
    """The value at that scale, halves away from zero, as AL's Round does."""
    exact = value.quantize(places, ROUND_HALF_UP)
    return int(exact) if exact == exact.to_integral_value() else exact


def number(value: Json) -> int | Decimal:
    """A stored number; raises `TypeError` where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError("not a number")
    return value


def _integer(value: Json) -> Json:
    whole = number(value)
    if whole != int(whole):
        raise ValueError
    return int(whole)


def _date(value: Json) -> Json:
    if not isinstance(value, str):
        raise TypeError
    # fromisoformat alone would take `20261101` too, which OData does not.
    if value and (len(value) != 10 or value[4] != "-"):
        raise ValueError
    return date.fromisoformat(value).isoformat() if value else BLANK_DATE


def _boolean(value: Json) -> Json:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _guid(value: Json) -> Json:
    if not isinstance(value, str):
        raise TypeError
    return str(UUID(value))


_READERS: Mapping[Kind, Callable[[Json], Json]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.DECIMAL: _decimal,
    Kind.INTEGER: _integer,
    Kind.DATE: _date,
    Kind.BOOLEAN: _boolean,
    Kind.GUID: _guid,
}
