"""Where a delivery says what it is.

A place is `header:NAME`, `query:NAME`, `body:/pointer` or `record:/pointer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from urllib.parse import parse_qsl

from tidegate import canon
from tidegate.canon import Json
from tidegate.fingerprint import plain_number


@dataclass(frozen=True, slots=True)
class Parts:
    """A request's parts that places point into; header names are lower-case."""

    headers: Sequence[tuple[bytes, bytes]] = ()
    query: bytes = b""
    body: Json = None

    def find(self, place: str, record: Json = None) -> str | None:
        """The text at `place`, None where there is none, or more than one."""
        kind, where = _parted(place)
        if kind == "header":
            return _only(_headers(self.headers, where))
        if kind == "query":
            return _only(_query(self.query, where))
        return scalar(at(self.body if kind == "body" else record, where))


@lru_cache(1024)
def _parted(place: str) -> tuple[str, str]:
    # Places come from the configuration, so few are ever remembered.
    kind, _, where = place.partition(":")
    return kind, where


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


def pointer_of(field: str) -> str:
    """The RFC 6901 pointer to a field of an object."""
    return canon.pointer((field,))


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
