"""`$filter`, as far as the sandbox speaks it: comparisons joined by `and`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from erp.sandbox.errors import bad_request
from erp.sandbox.fields import Kind
from tidegate.canon import Json

_TERM = re.compile(r"\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s']+)\s*")
_AND = re.compile(r"and\b")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXTS = (Kind.TEXT, Kind.CODE)


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison: `name operator text`; `quoted` where the text stood in quotes."""

    name: str
    operator: str
    text: str
    quoted: bool

    def test(self, kind: Kind) -> Callable[[Json], bool]:
        """Whether a stored value fits; raises `BcError` where the literal is of another type."""
        if self.quoted != (kind in _TEXTS):
            raise _unlike(self.name, kind)
        try:
            wanted = _LITERALS[kind](self.text)
        except (ValueError, ArithmeticError) as error:
            raise _unlike(self.name, kind) from error
        compare = _COMPARE[self.operator]
        return lambda value: compare(_LITERALS[kind](_plain(value)), wanted)


def read_filter(text: str) -> list[Term]:
    """The terms of a `$filter`; raises `BcError`."""
    found: list[Term] = []
    place = 0
    while place < len(text):
        place = _next_term(text, place, found)
    return found


def _next_term(text: str, place: int, found: list[Term]) -> int:
    match = _TERM.match(text, place)
    if match is None:
        raise bad_request(f"Syntax error at position {place} in '{text}'.")
    name, comparison, literal = match.groups()
    quoted = literal.startswith("'")
    value = literal[1:-1].replace("''", "'") if quoted else literal
    found.append(Term(name, comparison, value, quoted))
    if match.end() == len(text):
        return match.end()
    joint = _AND.match(text, match.end())
    if joint is None or joint.end() == len(text):
        raise bad_request(f"Syntax error at position {match.end()} in '{text}'.")
    return joint.end()


def _unlike(name: str, kind: Kind) -> Exception:
    return bad_request(
        f"A binary operator with incompatible types was detected for '{name}' ({kind.value})."
    )


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text == "true"


_LITERALS: Mapping[Kind, Callable[[str], Any]] = {
    # SQL Server's collation under Business Central tells no case apart.
    Kind.TEXT: str.lower,
    Kind.CODE: str.lower,
    Kind.GUID: str.lower,
    Kind.DATE: date.fromisoformat,
    Kind.DECIMAL: Decimal,
    Kind.INTEGER: Decimal,
    Kind.BOOLEAN: _switch,
    Kind.MOMENT: _moment,
}
