"""`tidegate.toml`: what is the same on every machine, laid over the shipped defaults."""

from __future__ import annotations

import hashlib
import importlib.resources
import re
import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tidegate.canon import Json, dumps
from tidegate.config_tables import AdapterOptions, Entity, Tables, keys_at
from tidegate.errors import CanonError, ConfigError
from tidegate.toml_place import error_place, key_place

_QUOTED = re.compile(r"'([^']*)'")


class Config(Tables):
    """The configuration in force; frozen, and the same until the process ends.

    Args:
        version: SHA-256, hexadecimal, of `content`.
        content: the merged file as canonical JSON. No secret can be in it.
    """

    version: str
    content: str

    def entity(self, name: str) -> Entity:
        """The options of an entity. Raises `ConfigError` where it is not configured."""
        found = self.entities.get(name)
        if found is None:
            raise ConfigError(
                f"there is no entity {name!r}",
                next_step=_guess(name, self.entities) or f"add [entities.{name}]",
            )
        return found

    def adapter(self, name: str) -> AdapterOptions:
        """The options of an adapter; defaults where the file does not speak of it."""
        return self.adapters.get(name) or AdapterOptions()


def load_config(path: Path | None) -> Config:
    """Read `path` over the shipped defaults; None means the defaults alone.

    Raises `ConfigError`, with line and column, for a syntax error, an unknown key or a bad value.
    """
    shipped = importlib.resources.files("tidegate").joinpath("default.toml").read_text("utf-8")
    if path is None:
        return _checked(tomllib.loads(shipped), "", "default.toml")
    text = _read(path)
    return _checked(_merged(tomllib.loads(shipped), _parsed(text, path)), text, str(path))


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


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line, column = error_place(text, error)
        raise ConfigError(f"{path}:{line}:{column}: {message}") from None
    except RecursionError:
        raise ConfigError(f"{path}:1:1: too deep") from None


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key; every other value, lists too, replaces what was there."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _checked(merged: dict[str, Any], text: str, name: str) -> Config:
    try:
        tables = Tables.model_validate(merged)
    except ValidationError as error:
        raise _explained(error, text, name) from None
    try:
        content = dumps(_as_json(merged))
    except (CanonError, RecursionError) as error:
        raise ConfigError(f"{name}:1:1: {error}") from None
    version = hashlib.sha256(content).hexdigest()
    return Config(**dict(tables), version=version, content=content.decode())


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


def _explained(error: ValidationError, text: str, name: str) -> ConfigError:
    first = error.errors(include_url=False)[0]
    loc = tuple(step for step in first["loc"] if step != "[key]")
    line, column = key_place(text, loc)
    table, key = ".".join(map(str, loc[:-1])), str(loc[-1])
    message, hint = f"{'.'.join(map(str, loc))}: {first['msg'].removeprefix('Value error, ')}", ""
    if first["type"] == "extra_forbidden":
        message = f"unknown key {key!r} in [{table}]" if table else f"unknown table [{key}]"
        hint = _guess(key, keys_at(loc[:-1]))
    elif first["type"] == "missing":
        message = f"[{table}] needs {key!r}"
    elif first["type"] == "literal_error":
        hint = _guess(str(first["input"]), _QUOTED.findall(first["ctx"]["expected"]))
    return ConfigError(f"{name}:{line}:{column}: {message}", next_step=hint)


def _guess(word: str, known: Any) -> str:
    guesses = get_close_matches(word, list(known), n=1)
    return f"did you mean {guesses[0]!r}?" if guesses else ""
