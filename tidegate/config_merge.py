"""How the configuration is laid together: presets, shipped defaults, and the user's file on top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tidegate.config_errors import Loc, Misplaced, at, dotted, guess
from tidegate.config_overlay import laid
from tidegate.config_sources import Source
from tidegate.config_tables import Entity

Origin: TypeAlias = Literal["presets.toml", "default.toml", "file", "default"]
Raw: TypeAlias = dict[str, Any]

INHERITED = ("entity_id", "stamp", "kind", "dedup", "order", "volatile", "company")
"""What an entity that does not say takes from its source."""

TABLES = ("sources", "entities", "mapping")

RESERVED = ("api",)
"""Sources that are none: commands are filed under `api`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the tables that a table is made of, and where it stands."""

    origin: Origin
    loc: Loc
    table: Raw


@dataclass(frozen=True, slots=True)
class Layers:
    """The three files, as TOML gives them."""

    presets: Raw
    shipped: Raw
    given: Raw

    def merged(self) -> Raw:
        """The whole of it, entities and mappings under `source.entity`. Raises `Misplaced`."""
        whole = merge(self.shipped, self.given)
        if not all(isinstance(whole.get(each, {}), dict) for each in TABLES):
            return whole
        self._check(whole)
        entities = self._bare(whole)
        for source in self.sources():
            whole = merge(whole, {"sources": {source: _fold(self.of(("sources", source)))}})
            for name in self.entities_of(source):
                full = f"{source}.{name}"
                entities[full] = _fold(self.of(("entities", full)))
        return {
            **whole,
            "entities": _not_tables(whole, "entities") | entities,
            "mapping": _not_tables(whole, "mapping") | self._mapped(entities),
        }

    def sources(self) -> tuple[str, ...]:
        """The sources that the files speak of."""
        return tuple(_tables(merge(self.shipped, self.given), "sources"))

    def preset(self, source: str) -> str | None:
        """The preset that a source starts from."""
        named = merge(self.shipped, self.given)["sources"][source].get("preset")
        if isinstance(named, str):
            return named
        return source if source in self.presets["sources"] else None

    def entities_of(self, source: str) -> tuple[str, ...]:
        """The names of a source's entities, its preset's first."""
        names = _under(self.presets, self.preset(source))
        return tuple(dict.fromkeys((*names, *_under(self.given, source))))

    def mappings(self) -> tuple[str, ...]:
        """The names of the mappings: those of sources' entities, then those without a source."""
        shipped, given = _tables(self.presets, "mapping"), _tables(self.given, "mapping")
        owned = [(source, name) for source in self.sources() for name in self.entities_of(source)]
        full = [
            f"{source}.{name}"
            for source, name in owned
            if f"{self.preset(source)}.{name}" in shipped
            or {name, f"{source}.{name}"} & given.keys()
        ]
        taken = {name for _, name in owned}
        # What only adds to mappings of sources is none of its own, as with entities.
        bare = [
            name
            for name in (*shipped, *(each for each in given if each not in taken))
            if "." not in name
        ]
        return tuple(dict.fromkeys((*full, *bare, *(name for name in given if "." in name))))

    def of(self, loc: Loc) -> list[Layer]:
        """What the table around `loc` is made of, the lowest first."""
        if len(loc) >= 2 and loc[1] in self.sources() and loc[0] == "sources":
            return self._of_source(str(loc[1]))
        if len(loc) >= 2 and loc[0] == "entities":
            source, dot, name = str(loc[1]).partition(".")
            if dot and source in self.sources():
                return self._of_entity(source, name)
        if len(loc) >= 2 and loc[0] == "mapping":
            return self._of_mapping(str(loc[1]))
        return [Layer("default.toml", (), self.shipped), Layer("file", (), self.given)]

    def _of_source(self, source: str) -> list[Layer]:
        preset = self.preset(source)
        loc: Loc = ("sources", source)
        layers = [
            Layer("default.toml", loc, _table(self.shipped, loc)),
            Layer("file", loc, _table(self.given, loc)),
        ]
        if preset is None:
            return layers
        below: Loc = ("sources", preset)
        return [
            Layer("default", loc, {"preset": preset}),
            Layer("presets.toml", below, _table(self.presets, below)),
            *layers,
        ]

    def _of_entity(self, source: str, name: str) -> list[Layer]:
        own: Loc = ("entities", f"{source}.{name}")
        bare: Loc = ("entities", name)
        shipped: Loc = ("entities", f"{self.preset(source)}.{name}")
        return [
            Layer("default", ("sources", source), {"kind": Source.model_fields["kind"].default}),
            *(_inherited(layer) for layer in self._of_source(source)),
            Layer("presets.toml", shipped, _table(self.presets, shipped)),
            Layer("file", bare, _table(self.given, bare)),
            Layer("file", own, _table(self.given, own)),
        ]

    def _mapped(self, entities: Raw) -> Raw:
        names = self.mappings()
        for name in names:
            if name not in entities:
                raise Misplaced(
                    ("mapping", name),
                    f"{dotted(('mapping', name))}: there is no entity {name!r}",
                    guess(name, entities) or f"add {dotted(('entities', name))}",
                )
        return {name: laid(each.table for each in self.of(("mapping", name))) for name in names}

    def _of_mapping(self, full: str) -> list[Layer]:
        source, dot, name = full.partition(".")
        known = bool(dot) and source in self.sources()
        shipped: Loc = ("mapping", f"{self.preset(source)}.{name}" if known else full)
        bare: Loc = ("mapping", name)
        own: Loc = ("mapping", full)
        return [
            Layer("presets.toml", shipped, _table(self.presets, shipped)),
            *([Layer("file", bare, _table(self.given, bare))] if known else []),
            Layer("file", own, _table(self.given, own)),
        ]

    def _bare(self, whole: Raw) -> Raw:
        """The entities without a source; what only adds to those of sources is none of its own."""
        of_sources = {name for source in self.sources() for name in self.entities_of(source)}
        return {
            name: table
            for name, table in _tables(whole, "entities").items()
            if "." not in name
            and (name in _tables(self.shipped, "entities") or name not in of_sources)
        }

    def _check(self, whole: Raw) -> None:
        for source in self.sources():
            self._check_source(source)
        for name, table in _tables(whole, "entities").items():
            self._check_entity(name, table)

    def _check_source(self, source: str) -> None:
        taken = set(_under(self.presets, "zoho"))
        if "." in source or source in RESERVED or source in taken:
            why = "an entity of Zoho's" if source in taken else "no name for a source"
            raise Misplaced(("sources", source), f"{source!r} is {why}", "give it another name")
        preset = self.preset(source)
        if preset is not None and preset not in self.presets["sources"]:
            known = self.presets["sources"]
            raise Misplaced(
                ("sources", source, "preset"),
                f"there is no preset {preset!r}",
                guess(preset, known) or f"the presets are {', '.join(known)}",
            )

    def _check_entity(self, name: str, table: Raw) -> None:
        source, dot, _ = name.partition(".")
        if dot and source not in self.sources():
            raise Misplaced(
                ("entities", name),
                f"{dotted(('entities', name))}: there is no source {source!r}",
                guess(source, self.sources()) or f"add [sources.{source}]",
            )
        for inner, value in table.items():
            if name in self.sources() and isinstance(value, dict):
                if inner in Entity.model_fields:
                    continue
                raise Misplaced(
                    ("entities", name, inner),
                    f"unknown key {inner!r} in [entities.{name}]",
                    f'write [entities."{name}.{inner}"]',
                )


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Raw:
    """Tables are merged key by key; every other value, lists too, replaces what was there."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _table(raw: Raw, loc: Loc) -> Raw:
    found = at(raw, loc)
    return found if isinstance(found, dict) else {}


def _fold(layers: list[Layer]) -> Raw:
    folded: Raw = {}
    for layer in layers:
        folded = merge(folded, layer.table)
    return folded


def _inherited(layer: Layer) -> Layer:
    kept = {key: layer.table[key] for key in INHERITED if key in layer.table}
    return Layer(layer.origin, layer.loc, kept)


def _tables(raw: Raw, key: str) -> dict[str, Raw]:
    found = raw.get(key)
    found = found if isinstance(found, dict) else {}
    return {name: table for name, table in found.items() if isinstance(table, dict)}


def _not_tables(raw: Raw, key: str) -> Raw:
    return {name: value for name, value in raw.get(key, {}).items() if not isinstance(value, dict)}


def _under(raw: Raw, source: str | None, key: str = "entities") -> Iterator[str]:
    for name in _tables(raw, key):
        owner, dot, entity = name.partition(".")
        if dot and owner == source:
            yield entity
