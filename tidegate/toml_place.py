"""Where in a TOML document a key stands, which `tomllib` does not say.

A key is defined by the first statement after which the document so far holds it. The statement is
found by bisection over prefixes of the document, so nothing here knows TOML's grammar.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from typing import Any

_TOLD = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def error_place(text: str, error: tomllib.TOMLDecodeError) -> tuple[str, int, int]:
    """The message of a syntax error without its place, then line and column."""
    message = str(error)
    told = _TOLD.search(message)
    lines = text.split("\n")
    if told is None or told[1] is None:
        return _TOLD.sub("", message), len(lines), len(lines[-1]) + 1
    return message[: told.start()], int(told[1]), int(told[2])


def key_place(text: str, path: tuple[str | int, ...]) -> tuple[int, int]:
    """Line and column, from 1, of the key at `path`, or of the innermost table around it."""
    lines = text.split("\n")
    for length in range(len(path), 0, -1):
        inner = path[:length]
        if _holds(_parsed(lines, len(lines))[0], inner):
            return _found(lines, inner)
    return 1, 1


def _found(lines: list[str], path: tuple[str | int, ...]) -> tuple[int, int]:
    last = 1 + bisect_left(
        range(1, len(lines) + 1), True, key=lambda n: _holds(_parsed(lines, n)[0], path)
    )
    first = _parsed(lines, last - 1)[1] + 1
    name = re.escape(str(next(step for step in reversed(path) if isinstance(step, str))))
    pattern = re.compile(rf"(?<![\w-])[\"']?{name}[\"']?(?![\w-])")
    for number in range(first, last + 1):
        match = pattern.search(lines[number - 1])
        if match:
            return number, match.start() + 1
    return last, 1


def _parsed(lines: list[str], count: int) -> tuple[dict[str, Any], int]:
    """The longest prefix of at most `count` lines that ends with a statement, and its length."""
    for length in range(count, 0, -1):
        try:
            return tomllib.loads("\n".join(lines[:length])), length
        except tomllib.TOMLDecodeError:
            continue
    return {}, 0


def _holds(value: Any, path: tuple[str | int, ...]) -> bool:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
