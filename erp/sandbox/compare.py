"""Whether a record shows what was asked, compared as Business Central stores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tidegate.canon import Json

_BLANKS = ("", "0001-01-01", "00000000-0000-0000-0000-000000000000")


def shows(record: Mapping[str, Json], asked: Mapping[str, Json]) -> bool:
    """Whether every asked field has the asked value."""
    return all(name in record and same(name, record[name], asked[name]) for name in asked)


def same(name: str, stored: Json, asked: Json) -> bool:
    """Whether the two are one value once stored: codes by upper case, numbers by value."""
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
        return "number", value
    if isinstance(value, str):
        return "text", value.strip().upper() if _is_code(name) else value
    return "other", value


def _is_code(name: str) -> bool:
    return name == "number" or name.endswith(("Number", "Code"))
