"""The live secrets of a source, each read as its scheme derives a key. No message quotes one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from tidegate import signing
from tidegate.errors import ConfigError

T = TypeVar("T")
Get: TypeAlias = Callable[[str], str | None]
"""Looks a secret up by the name of its environment variable; None or empty where it is unset."""

_FEWEST_FOR_MAC = 8
_FEWEST_FOR_ZOHO = 12
_LONGEST_SHOWN = 2048


def each(
    source: str, option: str, names: Sequence[str], get: Get, read: Callable[[str, str], T]
) -> list[T]:
    """Every secret that is set, read by `read(where, text)`; `ConfigError` where none is."""
    found = [(name, text) for name in names if (text := get(name))]
    if not found:
        step = f"set {' or '.join(names)}" if names else f"name a variable in sources.{source}"
        raise ConfigError(f"sources.{source}: none of its {option} is set", next_step=step)
    return [read(f"sources.{source}: {name}", text) for name, text in found]


def standard_secret(where: str, text: str) -> str:
    """`whsec_` and the base64 of 24 to 64 bytes."""
    try:
        signing.check_secret(text)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}", next_step=error.next_step) from None
    return text


def mac_key(where: str, text: str) -> bytes:
    """The text as UTF-8, long enough not to be guessed from one signature."""
    return _long_enough(where, text, _FEWEST_FOR_MAC)


def zoho_key(where: str, text: str) -> bytes:
    """Zoho takes 12 to 50 letters and digits."""
    return _long_enough(where, text, _FEWEST_FOR_ZOHO)


def shown_key(where: str, text: str) -> bytes:
    """A key that travels in a header: visible ASCII, which no server on the way changes."""
    if not all("\x21" <= each <= "\x7e" for each in text) or len(text) > _LONGEST_SHOWN:
        raise ConfigError(
            f"{where} cannot travel in a header",
            next_step=f"use at most {_LONGEST_SHOWN} letters, digits and signs of ASCII, no spaces",
        )
    return text.encode()


def state(where: str, text: str) -> bytes:
    """A subscription's `clientState`, of at most 2048 characters."""
    if len(text) > _LONGEST_SHOWN:
        raise ConfigError(
            f"{where} is longer than Business Central takes",
            next_step=f"use at most {_LONGEST_SHOWN} characters",
        )
    return _text(where, text)


def _long_enough(where: str, text: str, fewest: int) -> bytes:
    if len(text) < fewest:
        raise ConfigError(
            f"{where} is shorter than {fewest} characters",
            next_step="give the sender a long random secret, and the same one here",
        )
    return _text(where, text)


def _text(where: str, text: str) -> bytes:
    if text != text.strip():
        raise ConfigError(f"{where} has space around it", next_step="take the space away")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{where} is not UTF-8", next_step="write it in UTF-8") from None
