"""What a flag names: bytes of a file or of stdin, and the JSON in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tidegate.errors import CanonError

if TYPE_CHECKING:
    from tidegate.canon import Json


def read_body(name: str) -> bytes:
    """The bytes that `--body` names; `-` is stdin. Raises `BadParameter`."""
    return sys.stdin.buffer.read() if name == "-" else read_file(Path(name), "--body")


def read_file(path: Path, flag: str) -> bytes:
    """Raises `BadParameter`, which names the flag."""
    try:
        return path.read_bytes()
    except OSError as error:
        why = f"{path} cannot be read: {error.strerror}"
        raise typer.BadParameter(why, param_hint=flag) from None


def as_json(data: bytes, name: object, flag: str) -> Json:
    """The value of a file's text. Raises `BadParameter`, which names file and flag."""
    from tidegate.canon import parse

    try:
        return parse(data)
    except CanonError as error:
        raise typer.BadParameter(f"{name} is no JSON: {error}", param_hint=flag) from None
