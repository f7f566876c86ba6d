"""Where a delivery says what it is.

A place is `header:NAME`, `query:NAME`, `body:/pointer` or `record:/pointer`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from tidegate import canon
from tidegate.canon import Json
from tidegate.fingerprint import plain_number

_ONE_FIELD = re.compile(r"/[^/~0-9][^/~]*")


class Parts(NamedTuple):
    """A request's parts that places point into; header names are lower-case."""

    headers: Sequence[tuple[bytes, bytes]] = ()
    query: bytes = b""
    body: Json = None

    def find(self, place: str, record: Json = None) -> str | None:
        """The text at `place`, None where there is none, or more than one."""
        kind, where, name = _parted(place)
        if name is not None:
            # One field of the record or the body, as nearly every place is.
            value = self.body if kind == "body" else record
            return scalar(value.get(name)) if isinstance(value, dict) else None
        if kind == "header":
            return _only(_headers(self.headers, where))
        if kind == "query":
            if not self.query:
                return None
            return _only(_query(self.query, where))
        return scalar(at(self.body if kind == "body" else record, where))


@lru_cache(1024)
def _parted(place: str) -> tuple[str, str, str | None]:
    """Kind, what stands behind it, and the field's name where that is a pointer to just one."""
    # Places come from the configuration, so few are ever remembered.
    kind, _, where = place.partition(":")
    one = kind in ("body", "record") and _ONE_FIELD.fullmatch(where)
    return kind, where, where[1:] if one else None


def at(value: Json, pointer: str) -> Json:
    """What `pointer` points to, None where there is nothing."""
    try:
        return canon.at(value, pointer)
    except KeyError:
        return None


def scalar(value: Json) -> str | None:
    """A text or number as text, whatever JSON type it came in; None for anything else."""
    if isinstance(value, str):
        # Never stripped: to the source `ab` and `ab ` may be two.
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return plain_number(value)


def fitting(text: str, units: int) -> str:
    """As much of a text as a column of so many UTF-16 units holds, no character cut in two.

    SQL Server counts an emoji as two, and refuses the row that Python thinks short enough.
    """
    if len(text) * 2 <= units or text.isascii():
        return text[:units]
    cut = text.encode("utf-16-le", "surrogatepass")[: units * 2]
    if len(cut) == units * 2 and 0xD8 <= cut[-1] <= 0xDB:
        cut = cut[:-2]
    return cut.decode("utf-16-le", "surrogatepass")


def _headers(headers: Sequence[tuple[bytes, bytes]], name: str) -> list[str]:
    wanted = name.lower().encode()
    return [value.decode("latin-1").strip() for key, value in headers if key == wanted]


def _query(query: bytes, name: str) -> list[str]:
    return [value for key, value in pairs(query) if key == name]


def pairs(text: bytes) -> list[tuple[str, str]]:
    """Decoded pairs of a query or a form; total."""
    try:
        return parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return []


def form(body: bytes) -> Mapping[str, str]:
    """A form's fields; of those that are given twice the last."""
    return dict(pairs(body))


def _only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 and found[0] else None
