"""The limits of canonical JSON, and where a document breaks them.

Parsing runs on the standard library's C scanner, which does not say where a value stood. Only a
document that failed is walked again here, token by token and without recursion, to name the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any, NoReturn

from tidegate.errors import CanonError

MAX_DEPTH = 64
"""Arrays and objects within each other; a bare number is at depth 0."""
MAX_DIGITS = 64
"""Digits of one number as written, leading zeros and the exponent left out."""
MAX_EXPONENT = 64
"""Of one number in the form d.ddd times ten to the e: the largest e, and minus the smallest."""

_BEYOND = f"a number beyond {MAX_DIGITS} digits or the exponent {MAX_EXPONENT} either way"
_BLANK = re.compile(r"[ \t\n\r]*")


def within_limits(number: Decimal) -> bool:
    """Whether canonical JSON admits the number."""
    return (
        number.is_finite()
        and -MAX_EXPONENT <= number.adjusted() <= MAX_EXPONENT
        and len(number.as_tuple().digits) <= MAX_DIGITS
    )


def _read_int(text: str) -> int:
    # The sign is counted too: a text this short cannot have too many digits.
    if len(text) > MAX_DIGITS and len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits")
    return int(text)


def _read_decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except DecimalException:
        raise ValueError(_BEYOND) from None
    # The first line is the common case at a third of the cost: so short a text, so few digits.
    if len(text) <= MAX_DIGITS and -MAX_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        return number
    if not within_limits(number):
        raise ValueError(_BEYOND)
    return number


def _read_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members


DECODER = json.JSONDecoder(
    object_pairs_hook=_read_object,
    parse_float=_read_decimal,
    parse_int=_read_int,
    parse_constant=_read_constant,
)
"""Refuses with `ValueError`, or `RecursionError`, what the limits refuse; strings are unchecked."""

ADMITTED = json.JSONDecoder(parse_float=Decimal)
"""The same values of what has been admitted once, at half the cost."""


def pointer(tokens: Iterable[str | int]) -> str:
    """RFC 6901 pointer made of its unescaped tokens."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def fault(text: str) -> CanonError | None:
    """The first thing in `text` that canonical JSON does not admit, with its place."""
    walk = _Walk(text)
    try:
        walk.run()
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        return CanonError(f"not JSON: {error.msg} at {at}", pointer=walk.pointer())
    except ValueError as error:
        return CanonError(str(error), pointer=walk.pointer())
    return None


@dataclass(slots=True)
class _Open:
    """An array or object whose end has not been met; `names` is None for an array."""

    names: set[str] | None
    token: str | int | None = None


def _check_text(text: str, what: str) -> None:
    if "\x00" in text:
        raise ValueError(f"{what} holds NUL")
    # Only lone surrogates fail to encode: the decoder has joined the pairs.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds a lone surrogate") from None


@dataclass(slots=True)
class _Walk:
    text: str
    at: int = 0
    stack: list[_Open] = field(default_factory=list)

    def pointer(self) -> str:
        return pointer(each.token for each in self.stack if each.token is not None)

    def run(self) -> None:
        self._skip_blank()
        self._value()
        while self.stack:
            self._skip_blank()
            self._continue(self.stack[-1])
        self._skip_blank()
        if self.at != len(self.text):
            self._refuse("Extra data")

    def _continue(self, inner: _Open) -> None:
        if self._take("]" if inner.names is None else "}"):
            self.stack.pop()
            return
        if inner.token is not None:
            if not self._take(","):
                self._refuse("Expecting ',' delimiter")
            self._skip_blank()
        if inner.names is None:
            inner.token = 0 if inner.token is None else int(inner.token) + 1
        else:
            self._name(inner, inner.names)
        self._value()

    def _name(self, inner: _Open, names: set[str]) -> None:
        inner.token = None
        if self._peek() != '"':
            self._refuse("Expecting property name enclosed in double quotes")
        name, self.at = DECODER.raw_decode(self.text, self.at)
        # A name that cannot be written is blamed on the object around it.
        _check_text(name, "a name")
        inner.token = name
        if name in names:
            raise ValueError("a name comes twice")
        names.add(name)
        self._skip_blank()
        if not self._take(":"):
            self._refuse("Expecting ':' delimiter")
        self._skip_blank()

    def _value(self) -> None:
        if self._peek() in ("[", "{"):
            if len(self.stack) == MAX_DEPTH:
                raise ValueError(f"deeper than {MAX_DEPTH}")
            self.stack.append(_Open(None if self._peek() == "[" else set()))
            self.at += 1
            return
        value, self.at = DECODER.raw_decode(self.text, self.at)
        if isinstance(value, str):
            _check_text(value, "a string")

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, char: str) -> bool:
        found = self._peek() == char
        self.at += found
        return found

    def _skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _refuse(self, message: str) -> NoReturn:
        raise json.JSONDecodeError(message, self.text, self.at)
