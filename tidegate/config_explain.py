"""Where a value of the configuration comes from, and what it does."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tidegate.canon import Json
from tidegate.config import Config
from tidegate.config_errors import Loc, at, dotted, guess
from tidegate.config_merge import Layers, Origin
from tidegate.config_report import as_json, masked
from tidegate.config_tables import field_at
from tidegate.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Explained:
    """One key: its value, where that was said, and the key's description.

    Args:
        said: the key there; another one than `key` where the value was inherited.
    """

    key: str
    value: Json
    origin: Origin
    said: Loc
    description: str


def explain(config: Config, layers: Layers, key: str) -> list[Explained]:
    """The key, or each key of the table. Raises `ConfigError` where there is no such key.

    Args:
        key: as TOML writes it; `entities.zoho.products` and `mapping.zoho.products` do as well.
    """
    tree = masked(config.model_dump(exclude={"version", "content"}))
    loc = _parsed(tree, key)
    return [_one(tree, layers, each) for each in _leaves(tree, loc)]


def _parsed(tree: dict[str, Any], key: str) -> Loc:
    loc = _names(key)
    joined = ".".join(loc[1:3])
    if loc[0] in ("entities", "mapping") and joined in tree[loc[0]]:
        loc = (loc[0], joined, *loc[3:])
    _must_be_there(tree, loc)
    return loc


def _names(key: str) -> tuple[str, ...]:
    inner: Any = None
    with suppress(tomllib.TOMLDecodeError):
        inner = tomllib.loads(f"{key} = 0")
    loc: tuple[str, ...] = ()
    while isinstance(inner, dict) and len(inner) == 1:
        ((name, inner),) = inner.items()
        loc = (*loc, name)
    if inner != 0:
        raise ConfigError(f"{key!r} is no key", next_step="write it as sources.zoho.rate")
    return loc


def _must_be_there(tree: dict[str, Any], loc: tuple[str, ...]) -> None:
    table: Any = tree
    for depth, name in enumerate(loc):
        if not isinstance(table, dict) or name not in table:
            known = table if isinstance(table, dict) else ()
            where = f" in {dotted(loc[:depth])}" if depth else ""
            raise ConfigError(f"there is no {name!r}{where}", next_step=guess(name, known))
        table = table[name]


def _leaves(tree: dict[str, Any], loc: Loc) -> Iterator[Loc]:
    value = at(tree, loc)
    if not isinstance(value, dict):
        yield loc
        return
    for name in value:
        yield from _leaves(tree, (*loc, name))


def _one(tree: dict[str, Any], layers: Layers, loc: Loc) -> Explained:
    origin, said = _origin(layers, loc)
    field = field_at(loc)
    words = (field.description if field else None) or ""
    return Explained(dotted(loc), as_json(at(tree, loc)), origin, said, words)


def _origin(layers: Layers, loc: Loc) -> tuple[Origin, Loc]:
    for layer in reversed(layers.of(loc)):
        inside = loc[2:] if layer.loc else loc
        if at(layer.table, inside) is not None:
            return layer.origin, (*layer.loc, *inside)
    return "default", loc
