"""Who is told: subscriptions from the configuration, with secrets from the environment.

A secret is found by its subscription's name and never stored in the database. The two settings
SUBSCRIBER_URL and SUBSCRIBER_SECRET make one more subscription, named `default`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sql.database import Row
from tidegate.config import Config
from tidegate.errors import ConfigError
from tidegate.settings import Settings
from tidegate.signing import check_secret

DEFAULT = "default"
_MOST_SECRETS = 2


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription that may be sent to.

    Args:
        types: event types that it wants, None for all.
        secrets: the current one, and the former one while the receiver changes over.
    """

    name: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    types: tuple[str, ...] | None = None
    enabled: bool = True

    def row(self) -> Row:
        """As the table has it. There `enabled` says only that nobody disabled it at run time."""
        types = None if self.types is None else json.dumps(self.types)
        return {"name": self.name, "url": self.url, "types": types, "enabled": 1}


def subscribers(
    config: Config, settings: Settings, env: Mapping[str, str]
) -> dict[str, Subscriber]:
    """All subscriptions of this process, by name.

    Args:
        env: holds `SUBSCRIBER_SECRET_<NAME>`, or a file's name in `SUBSCRIBER_SECRET_<NAME>_FILE`;
            two secrets are parted by a blank, the current one first.

    Raises `ConfigError` where a subscription has no usable secret, or there are two `default`.
    """
    found = {
        each.name: Subscriber(
            each.name, each.url, _secrets(each.name, env), each.types, each.enabled
        )
        for each in config.subscriptions
    }
    if settings.subscriber_url is not None:
        if DEFAULT in found:
            raise ConfigError(
                f"there are two subscriptions named {DEFAULT}",
                next_step="unset SUBSCRIBER_URL, or rename the one in the configuration",
            )
        secret = settings.subscriber_secret
        text = "" if secret is None else secret.get_secret_value()
        checked = _checked(DEFAULT, "SUBSCRIBER_SECRET", text)
        found[DEFAULT] = Subscriber(DEFAULT, settings.subscriber_url, checked)
    return found


def variable(name: str) -> str:
    """The environment variable with the secret of subscription `name`."""
    return "SUBSCRIBER_SECRET_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _secrets(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    held_in = variable(name)
    file = env.get(f"{held_in}_FILE")
    if not file:
        return _checked(name, held_in, env.get(held_in, ""))
    try:
        return _checked(name, f"{held_in}_FILE", Path(file).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{held_in}_FILE names {file}, which cannot be read: {error}",
            next_step=f"write the secret to {file}, or set {held_in}",
        ) from None


def _checked(name: str, held_in: str, text: str) -> tuple[str, ...]:
    secrets = tuple(text.split())
    if not 1 <= len(secrets) <= _MOST_SECRETS:
        said = "no secret" if not secrets else f"more than {_MOST_SECRETS} secrets"
        raise ConfigError(
            f"subscription {name!r} has {said}",
            next_step=f"set {held_in} to whsec_ and the base64 of 24 to 64 random bytes",
        )
    for secret in secrets:
        try:
            check_secret(secret)
        except ConfigError as error:
            raise ConfigError(f"{held_in}: {error}", next_step=error.next_step) from None
    return secrets
