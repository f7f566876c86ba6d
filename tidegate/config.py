"""`tidegate.toml`: what is the same on every machine, laid over presets and shipped defaults."""

from __future__ import annotations

import hashlib
import importlib.resources
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tidegate.canon import Json, dumps
from tidegate.config_errors import Loc, Misplaced, at, explained, first_loc, guess
from tidegate.config_merge import Layers
from tidegate.config_sources import Source
from tidegate.config_tables import AdapterOptions, Entity, Tables
from tidegate.errors import CanonError, ConfigError
from tidegate.toml_place import error_place


class Config(Tables):
    """The configuration in force; frozen, and the same until the process ends.

    Args:
        version: SHA-256, hexadecimal, of `content`.
        content: the merged file as canonical JSON. No secret can be in it.
    """

    version: str
    content: str

    def source(self, name: str) -> Source:
        """The options of a source. Raises `ConfigError` where it is not configured."""
        found = self.sources.get(name)
        if found is None:
            raise ConfigError(
                f"there is no source {name!r}",
                next_step=guess(name, self.sources) or f"add [sources.{name}]",
            )
        return found

    def source_entities(self, source: str) -> tuple[str, ...]:
        """The names of what a source sends, as they stand in its addresses."""
        start = f"{source}."
        return tuple(name.removeprefix(start) for name in self.entities if name.startswith(start))

    def entity(self, source: str, name: str) -> Entity:
        """The options of a source's entity, else of the one without a source.

        Raises `ConfigError` where neither is configured.
        """
        found = self.entities.get(f"{source}.{name}") or self.entities.get(name)
        if found is None:
            bare = (each for each in self.entities if "." not in each)
            raise ConfigError(
                f"the source {source!r} has no entity {name!r}",
                next_step=guess(name, [*self.source_entities(source), *bare])
                or f'add [entities."{source}.{name}"]',
            )
        return found

    def adapter(self, name: str) -> AdapterOptions:
        """The options of an adapter; defaults where the file does not speak of it."""
        return self.adapters.get(name) or AdapterOptions()

    def writes_off(self) -> frozenset[str]:
        """The entities, without their sources, of which nothing is written for now."""
        off = (name for name, entity in self.entities.items() if entity.writes == "off")
        return frozenset(name.rpartition(".")[2] for name in off)


def load_config(path: Path | None) -> Config:
    """Read `path` over the shipped defaults; None means the defaults alone.

    Raises `ConfigError`, with line and column, for a syntax error, an unknown key or a bad value.
    """
    text = "" if path is None else _read(path)
    name = "default.toml" if path is None else str(path)
    try:
        return _checked(_layers(text, name))
    except Misplaced as error:
        raise error.placed(text, name) from None


def load_layers(path: Path | None) -> Layers:
    """What the configuration is laid together from. Raises `ConfigError` for a syntax error."""
    return _layers("" if path is None else _read(path), str(path))


def _layers(text: str, name: str) -> Layers:
    return Layers(_shipped("presets.toml"), _shipped("default.toml"), _parsed(text, name))


@cache
def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(importlib.resources.files("tidegate").joinpath(name).read_text("utf-8"))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}",
            next_step="name another file in TIDEGATE_CONFIG, or none",
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 at byte {error.start}", next_step="save it as UTF-8"
        ) from None


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line, column = error_place(text, error)
        raise ConfigError(f"{name}:{line}:{column}: {message}") from None
    except RecursionError:
        raise ConfigError(f"{name}:1:1: too deep") from None


def _checked(layers: Layers) -> Config:
    merged = layers.merged()
    try:
        tables = Tables.model_validate(merged)
    except ValidationError as error:
        loc = written(layers, first_loc(error))
        raise explained(error, loc, _entity_names(layers)) from None
    _check_secrets(tables)
    try:
        content = dumps(_as_json(merged))
    except (CanonError, RecursionError) as error:
        raise Misplaced((), str(error)) from None
    version = hashlib.sha256(content).hexdigest()
    return Config(**dict(tables), version=version, content=content.decode())


def _check_secrets(tables: Tables) -> None:
    for name, source in tables.sources.items():
        if not source.secrets:
            raise Misplaced(
                ("sources", name),
                f"[sources.{name}] names no secrets, so it could let nobody in",
                f'add secrets = ["{name.upper().replace("-", "_")}_SECRET"], '
                "environment variables, each with one secret",
            )


def written(layers: Layers, loc: Loc) -> Loc:
    """Where the user's file says what the merged one says at `loc`."""
    inner = loc[2:]
    for layer in reversed(layers.of(loc)):
        inside = inner if layer.loc else loc
        if layer.origin == "file" and inside and at(layer.table, inside) is not None:
            return (*layer.loc, *inside)
    return loc


def _entity_names(layers: Layers) -> Iterator[str]:
    for source in layers.sources():
        yield from layers.entities_of(source)


def _as_json(value: Any) -> Json:
    """TOML has dates, times and floats beside what JSON has."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() else str(number)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    plain: Json = value
    return plain
