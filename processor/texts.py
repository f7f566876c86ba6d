"""Texts and ids in other forms, by the quick way where nothing in them needs care."""

from __future__ import annotations

from functools import lru_cache
from json.encoder import encode_basestring_ascii
from uuid import UUID, SafeUUID

from tidegate import canon

_UNKNOWN = SafeUUID.unknown
_set = object.__setattr__


def quoted(text: str | None) -> str:
    """As `canon.text` writes it. Raises `CanonError` where that does."""
    if text is None:
        return "null"
    # Of what prints in ASCII only quotes and backslashes are escaped, by either.
    if text.isascii() and text.isprintable():
        return encode_basestring_ascii(text)
    return canon.text(text)


word = lru_cache(1024)(quoted)
"""The same for words of which there are few, such as entities' and commands' names."""


def uuid_of(text: str) -> UUID:
    """`UUID(text)` of a text that the database gave, which need not be doubted."""
    made = UUID.__new__(UUID)
    _set(made, "int", int(text.replace("-", ""), 16))
    _set(made, "is_safe", _UNKNOWN)
    return made
