"""Keys of a first run: drawn once, kept in `DIR/keys.env`, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.errors import ConfigError
from tidegate.signing import new_secret

if TYPE_CHECKING:
    from pydantic import SecretStr

    from tidegate.settings import Settings

NAME = "keys.env"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in force; `made` says that they were drawn just now."""

    webhook: str
    admin: str
    subscriber: str
    made: bool = False


def read_keys(settings: Settings, folder: Path, *, make: bool) -> Keys:
    """Settings before the folder's file; missing ones are drawn where `make` says so.

    Raises `ConfigError` where the file cannot be read or written.
    """
    path = folder / NAME
    kept = _read(path)
    wanted = {
        "WEBHOOK_KEY": settings.webhook_key,
        "ADMIN_KEY": settings.admin_key,
        "SUBSCRIBER_SECRET": settings.subscriber_secret,
    }
    drawn = {name: _draw(name) for name in wanted if name not in kept} if make else {}
    made = bool(drawn) and not kept
    if drawn:
        _write(path, kept | drawn)
    values = {name: _value(given) or (kept | drawn).get(name, "") for name, given in wanted.items()}
    return Keys(values["WEBHOOK_KEY"], values["ADMIN_KEY"], values["SUBSCRIBER_SECRET"], made)


def _value(given: SecretStr | None) -> str:
    return given.get_secret_value() if given else ""


def _draw(name: str) -> str:
    if name == "SUBSCRIBER_SECRET":
        return new_secret(secrets.token_bytes)
    return secrets.token_urlsafe(24)


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _write(path: Path, keys: dict[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in keys.items())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}",
            next_step="give --dir a folder that this user may write",
        ) from error
