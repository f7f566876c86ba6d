"""JSON without null, written as TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tidegate.config_errors import Loc, dotted, quoted


def to_toml(document: Mapping[str, Any]) -> str:
    """The document as TOML; its tables in the order in which they come."""
    return "\n".join(_table(document, ())).strip("\n") + "\n"


def _table(table: Mapping[str, Any], loc: Loc) -> Iterator[str]:
    plain = {name: value for name, value in table.items() if not _is_inner(value)}
    if loc and (plain or not table):
        yield f"\n[{dotted(loc)}]"
    yield from _lines(plain)
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _table(value, (*loc, name))
        elif _is_inner(value):
            for item in value:
                yield f"\n[[{dotted((*loc, name))}]]"
                yield from _lines(item)


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        yield f"{dotted((name,))} = {_value(value)}"


def _is_inner(value: Any) -> bool:
    """Whether it is a table, or a list of nothing else, so that it has a head of its own."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{dotted((name,))} = {_value(inner)}" for name, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        written = format(value, "f")
        return written if "." in written else f"{written}.0"
    return quoted(value)
