"""Secrets by their names: in the environment, in a file that it names, in `.env`, in `keys.env`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from tidegate.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was set, none of it shown.

    Args:
        env: the process's environment; an empty value counts as unset.
        dotenv: the values of `.env`.
        kept: the values of `keys.env`, drawn by a first run.
    """

    env: Mapping[str, str] = field(repr=False)
    dotenv: Mapping[str, str] = field(repr=False)
    kept: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str | None:
        """The secret, from `NAME` or the file that `NAME_FILE` names; None where it is unset.

        Raises `ConfigError` where both are set, or the file cannot be read.
        """
        found = lookup(name, laid_over(self.dotenv, self.env))
        return found or self.kept.get(name, "").strip() or None


def laid_over(dotenv: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """The environment over `.env`; an empty value counts as unset."""
    return {name: value for each in (dotenv, env) for name, value in each.items() if value}


def lookup(name: str, given: Mapping[str, str]) -> str | None:
    """A secret of `NAME` or `NAME_FILE`, without space around it; None where neither is set.

    Raises `ConfigError`, which never repeats a value.
    """
    file_name = f"{name}_FILE"
    if file_name not in given:
        return given.get(name, "").strip() or None
    if name in given:
        raise ConfigError(
            f"{name} and {file_name} are both set", next_step=f"unset {name} or {file_name}"
        )
    return _secret_file(file_name, Path(given[file_name]))


def read_dotenv(path: Path | None) -> dict[str, str]:
    """The values of a `.env`, as they stand: `${…}` is not replaced. None is an empty one.

    Raises `ConfigError` where it cannot be read.
    """
    if path is None:
        return {}
    try:
        found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    return {name: value for name, value in found.items() if value}


def _secret_file(name: str, path: Path) -> str:
    try:
        secret = path.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(
            f"{name} names {path}, which cannot be read: {reason}",
            next_step=f"write the secret to {path}, or unset {name}",
        ) from None
    if not secret:
        raise ConfigError(f"{name} names {path}, which is empty", next_step=f"unset {name}")
    return secret
