"""The configuration and settings in force, for people: no secret is in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

from pydantic import SecretStr

from tidegate import canon
from tidegate.canon import Json
from tidegate.config import Config
from tidegate.redact import redact, redact_text
from tidegate.settings import Settings

NAMES_ONLY = ("secrets", "keys")
"""Keys of a source that name environment variables, so they are shown."""


def report(config: Config, settings: Settings) -> dict[str, Json]:
    """Version, merged file and settings; of a secret only whether it is set."""
    return {
        "version": config.version,
        "configuration": configuration(config),
        "settings": {name.upper(): shown(settings, name) for name in Settings.model_fields},
    }


def configuration(config: Config) -> dict[str, Json]:
    """The merged file; what sounds secret in free tables is masked."""
    found: Any = canon.parse(config.content.encode())
    return masked(found)


def masked(tables: dict[str, Any]) -> dict[str, Any]:
    """The tables without what sounds secret; which variables hold a source's secrets is none."""
    shown = redact(tables)
    for name, source in tables.get("sources", {}).items():
        shown["sources"][name] |= {key: source[key] for key in NAMES_ONLY if key in source}
    # Names of fields, some of which sound secret, such as vendorAuthorizationNumber.
    shown |= {"mapping": tables["mapping"]} if "mapping" in tables else {}
    return shown


def shown(settings: Settings, name: str) -> Json:
    """The value of a setting, `set` or `unset` where it is a secret."""
    value = getattr(settings, name)
    if SecretStr in get_args(Settings.model_fields[name].annotation):
        return "unset" if value is None else "set"
    return as_json(value)


def as_json(value: Any) -> Json:
    """What a field of a table or of the settings holds, as JSON that a person may see."""
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_json(inner) for key, inner in value.items()}
    return redact_text(str(value))
