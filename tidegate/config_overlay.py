"""How one mapping's tables are laid over each other: whole fields, never parts of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

Raw: TypeAlias = dict[str, Any]


def laid(tables: Iterable[Raw]) -> Raw:
    """The lowest first. A table that names a command begins anew; `false` takes a field out."""
    merged: Raw = {}
    for table in tables:
        merged = dict(table) if "command" in table else _over(merged, table)
    return _without_false(merged)


def _over(base: Raw, over: Raw) -> Raw:
    merged = {**base, **over}
    if _have_table("fields", base, over):
        merged["fields"] = {**base["fields"], **over["fields"]}
    if _have_table("lines", base, over):
        merged["lines"] = _over(base["lines"], over["lines"])
    return merged


def _without_false(table: Raw) -> Raw:
    kept = dict(table)
    if _have_table("fields", table):
        fields = table["fields"].items()
        kept["fields"] = {name: spec for name, spec in fields if spec is not False}
    if _have_table("lines", table):
        kept["lines"] = _without_false(table["lines"])
    return kept


def _have_table(key: str, *tables: Raw) -> bool:
    return all(isinstance(table.get(key), dict) for table in tables)
