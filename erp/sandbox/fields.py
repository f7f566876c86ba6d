"""How Business Central stores a field: codes upper-cased, decimals exact, blanks never null."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.sandbox.errors import bad_request
from tidegate.canon import Json

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


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document.

    Args:
        kind: its type.
        default: its value in a new record; None stands for the type's blank.
        read_only: whether a request that names it is refused.
        immutable: whether it can be given on creation only.
    """

    kind: Kind
    default: Json = None
    read_only: bool = False
    immutable: bool = False

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


def store(name: str, kind: Kind, value: Json) -> Json:
    """The value as it is kept; raises `BcError` where the type cannot hold it."""
    if value is None:
        return BLANKS[kind]
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
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError
    return value


def _integer(value: Json) -> Json:
    number = _decimal(value)
    if number != int(number):
        raise ValueError
    return int(number)


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
