"""What is wrong with a configuration, in words: the place, the key as it is written, a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeAlias

from pydantic import ValidationError

from tidegate.config_tables import keys_at
from tidegate.errors import ConfigError
from tidegate.toml_place import key_place

Loc: TypeAlias = tuple[str | int, ...]
"""The keys from the document inwards; a number is a place in a list."""

_QUOTED = re.compile(r"'([^']*)'")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Misplaced(Exception):
    """Something at `loc` that the tables' own rules cannot see."""

    def __init__(self, loc: Loc, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.loc = loc
        self.hint = hint

    def placed(self, text: str, name: str) -> ConfigError:
        """The error with line and column."""
        return at_place(text, name, self.loc, str(self), self.hint)


def at_place(text: str, name: str, loc: Loc, message: str, hint: str) -> ConfigError:
    """An error about the key at `loc` of the file `name`."""
    line, column = key_place(text, loc)
    return ConfigError(f"{name}:{line}:{column}: {message}", next_step=hint)


def explained(error: ValidationError, loc: Loc, others: Iterable[str]) -> Misplaced:
    """What pydantic found first.

    Args:
        loc: where that is in the user's file.
        others: names of tables that the innermost one may have been meant to be.
    """
    first = error.errors(include_url=False)[0]
    key, table = str(loc[-1]), dotted(loc[:-1])
    message, hint = f"{dotted(loc)}: {first['msg'].removeprefix('Value error, ')}", ""
    if first["type"] == "extra_forbidden":
        message = f"unknown key {key!r} in [{table}]" if table else f"unknown table [{key}]"
        hint = guess(key, keys_at(loc[:-1]))
    elif first["type"] == "missing":
        message = f"[{table}] needs {key!r}"
        hint = guess(str(loc[-2]), others) if len(loc) > 1 else ""
    elif first["type"] == "literal_error":
        hint = guess(str(first["input"]), _QUOTED.findall(first["ctx"]["expected"]))
    return Misplaced(loc, message, hint)


def first_loc(error: ValidationError) -> Loc:
    """Where pydantic's first finding is."""
    return tuple(step for step in error.errors()[0]["loc"] if step != "[key]")


def guess(word: str, known: Iterable[str]) -> str:
    """The nearest of the known words as a question, or nothing."""
    guesses = get_close_matches(word, list(known), n=1)
    return f"did you mean {guesses[0]!r}?" if guesses else ""


def dotted(loc: Loc) -> str:
    """The keys as TOML writes them; places in lists as they are."""
    return ".".join(_written(step) for step in loc)


def at(value: Any, loc: Loc) -> Any:
    """What a document holds at `loc`; None where it holds nothing."""
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def quoted(text: str) -> str:
    """A string as TOML writes it: its escapes are JSON's, and DEL is escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _written(step: str | int) -> str:
    if isinstance(step, int) or _BARE.fullmatch(step):
        return str(step)
    return quoted(step)
