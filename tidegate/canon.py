"""Canonical JSON: one value has one text, and no number passes through a double.

The text is RFC 8785's, numbers excepted. A number is written by its exact decimal value, in the
notation that RFC 8785 takes from ECMAScript: plain digits from 1e-6 up to, not including, 1e21
(`120.50` is `120.5`; `1`, `1.0` and `1e0` are `1`; `-0` is `0`), beyond that one digit, the rest
after a point, and a signed exponent (`1e+21`, `1.5e-7`). So where a number is a double's shortest
text the result is RFC 8785's own, and two 19-digit numbers never become one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from json.encoder import encode_basestring
from typing import Any, TypeAlias, cast

from tidegate.canon_scan import (
    ADMITTED,
    DECODER,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_EXPONENT,
    fault,
    pointer,
    within_limits,
)
from tidegate.errors import CanonError

__all__ = [
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_EXPONENT",
    "Json",
    "at",
    "dumps",
    "parse",
    "pointer",
    "reread",
    "text",
]

Json: TypeAlias = bool | int | Decimal | str | list["Json"] | dict[str, "Json"] | None

_Order: TypeAlias = Callable[[str], bytes]

_BOM = b"\xef\xbb\xbf"
_PLAIN_BELOW = 10**21
_SUSPECT = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_HARMLESS = re.compile(rb"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_LONE = re.compile("[\ud800-\udfff]")
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_STRAY_TILDE = re.compile(r"~(?![01])")


def parse(body: bytes) -> Json:
    """The value of a JSON document: integers as int, all other numbers as exact Decimal.

    A byte order mark is passed over. Raises `CanonError`, with the place, for whatever is not
    JSON in UTF-8 or breaks the limits, and nothing else.
    """
    try:
        document = str(body.removeprefix(_BOM), "utf-8")
    except UnicodeDecodeError as error:
        raise CanonError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        value = _decoded(document)
    except (ValueError, RecursionError):
        raise fault(document) or CanonError("too deep to be read here") from None
    if _strings_suspect(body) or _depth_suspect(body, value):
        error_found = fault(document)
        if error_found is not None:
            raise error_found
    return value


def reread(body: bytes) -> Json:
    """What `parse` gave when it admitted this very document, which is not looked through again.

    Raises `CanonError` where it is no JSON at all.
    """
    try:
        document = str(body.removeprefix(_BOM), "utf-8")
        if document[:1] == "{":
            return cast(Json, ADMITTED.raw_decode(document)[0])
        return cast(Json, ADMITTED.decode(document))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise fault(body.decode(errors="replace")) or CanonError(str(error)) from None


def _decoded(document: str) -> Json:
    # An object and nothing around it, as most documents are: no need to look for blanks.
    if document[:1] == "{":
        value, end = DECODER.raw_decode(document)
        if not document[end:].strip(" \t\n\r"):
            return cast(Json, value)
    return cast(Json, DECODER.decode(document))


def dumps(value: Json) -> bytes:
    """The canonical text as UTF-8. Raises `CanonError` for what `parse` would not give back."""
    return text(value).encode()


def text(value: Json) -> str:
    """The canonical text. Raises as `dumps` does."""
    # Most often it is the members of a record.
    written = _write_inner(value, 1, None) if type(value) is dict else _write(value, 0, None)
    if not written.isascii():
        # By code point and by UTF-16 unit names sort alike unless one leaves the first plane.
        if _ASTRAL.search(written):
            written = _write(value, 0, _utf16_units)
        if _LONE.search(written):
            raise CanonError("a string holds a lone surrogate")
    if "\\u" in written and _strings_suspect(written.encode()):
        raise CanonError("a string holds NUL")
    return written


def at(value: Json, pointer: str) -> Json:
    """What an RFC 6901 pointer points to. Raises `KeyError` where there is nothing."""
    if not pointer:
        return value
    for token in _tokens(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            raise KeyError(pointer)
    return value


@lru_cache(1024)
def _tokens(pointer: str) -> tuple[str, ...]:
    if pointer[0] != "/" or _STRAY_TILDE.search(pointer):
        raise KeyError(pointer)
    return tuple(raw.replace("~1", "/").replace("~0", "~") for raw in pointer[1:].split("/"))


def _strings_suspect(body: bytes) -> bool:
    """Whether an escape may stand for NUL or half a pair; nothing else can smuggle one in."""
    if b"\\u" not in body or not _SUSPECT.search(body):
        return False
    return _SUSPECT.search(_HARMLESS.sub(b" ", body)) is not None


def _depth_suspect(body: bytes, value: Json) -> bool:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        items = chain.from_iterable([x.values() if type(x) is dict else x for x in level])
        level = [item for item in items if type(item) is dict or type(item) is list]
    return bool(level)


def _utf16_units(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _write(value: Json, depth: int, order: _Order | None) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return _write_int(value)
    if isinstance(value, Decimal):
        return _write_decimal(value)
    return _write_inner(value, depth + 1, order)


def _write_inner(value: Json, depth: int, order: _Order | None) -> str:
    if depth > MAX_DEPTH:
        raise CanonError(f"deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        members = []
        for name in sorted(value, key=order):
            item = value[name]
            # Most values are one of these: asking here spares a call and a row of questions.
            if isinstance(item, str):
                written = encode_basestring(item)
            else:
                leaf = _LEAVES.get(type(item))
                written = _write(item, depth, order) if leaf is None else leaf(item)
            members.append(f"{encode_basestring(name)}:{written}")
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_write(item, depth, order) for item in value]) + "]"
    raise CanonError(f"a {type(value).__name__} is not exact JSON")


def _write_int(value: int) -> str:
    return str(value) if -_PLAIN_BELOW < value < _PLAIN_BELOW else _write_large_int(value)


def _write_large_int(value: int) -> str:
    # Four bits hold any digit; asking first spares the conversion of a monstrous number.
    if value.bit_length() > 4 * MAX_EXPONENT:
        raise CanonError("a number beyond the limits")
    return _write_decimal(Decimal(value))


def _write_decimal(value: Decimal) -> str:
    written = str(value)
    if len(written) > 21 or not value.is_finite() or "E" in written:
        return _write_rare_decimal(value)
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


_LEAVES: dict[type, Callable[[Any], str]] = {
    Decimal: _write_decimal,
    int: _write_int,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
}


def _write_rare_decimal(value: Decimal) -> str:
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    if value.is_finite() and not digits:
        return "0"
    sign, exponent = "-" if value.is_signed() else "", value.adjusted()
    if not value.is_finite() or not within_limits(Decimal(f"{digits[0]}.{digits[1:]}e{exponent}")):
        raise CanonError("a number beyond the limits")
    if -7 < exponent < 21:
        plain = format(value, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    tail = "." + digits[1:] if digits[1:] else ""
    return f"{sign}{digits[0]}{tail}e{exponent:+d}"
