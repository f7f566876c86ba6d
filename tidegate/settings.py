"""What differs from machine to machine, and every secret: flags, environment, `.env`, files."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tidegate.checks import http_url
from tidegate.errors import ConfigError
from tidegate.secrets import laid_over, lookup, read_dotenv

_SHORTEST_KEY = 16


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_network(each, strict=False)) for each in value)


def _root_path(value: str) -> str:
    if value and not value.startswith("/"):
        raise ValueError("must begin with /")
    return value.rstrip("/")


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        if each != "*" and (urlsplit(http_url(each)).path or each != each.lower()):
            raise ValueError("an origin is written https://host:port in small letters, or *")
    return value


_Port = Annotated[int, Field(ge=0, le=65535)]
_Url = Annotated[str, AfterValidator(http_url)]
_Environment = Annotated[
    str, BeforeValidator(_lower), StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
]
_Networks = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_networks)]
_Origins = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_origins)]


def _log_format(data: dict[str, Any]) -> Literal["console", "json"]:
    return "console" if data.get("environment") == "local" else "json"


class Settings(BaseSettings):
    """One field for each environment variable, which has the field's name in capitals."""

    # A refused value is never quoted: it may be a secret in the wrong place.
    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True
    )

    environment: _Environment = Field(
        default="local",
        description="Where this runs: `local`, or a name of your own such as `production`.",
    )
    db_dsn: SecretStr | None = Field(
        default=None,
        description="The database: a SQLAlchemy URL or a raw ODBC string. Unset: SQLite.",
    )
    db_password: SecretStr | None = Field(
        default=None, description="The database password, where DB_DSN leaves it out."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: _Port = Field(default=7003, description="The port of webhooks, commands and status.")
    ops_port: _Port = Field(
        default=7005, description="The port of operations, metrics and console."
    )
    webhook_key: SecretStr | None = Field(
        default=None, description="The key that senders without a signature of their own present."
    )
    admin_key: SecretStr | None = Field(
        default=None, description="The key that opens the operator's service as admin."
    )
    erp_mode: Literal["official", "legacy", "canary"] = Field(
        default="official",
        description="Which adapter writes: `official`, `legacy`, or a share of each.",
    )
    erp_adapter: str | None = Field(
        default=None,
        min_length=1,
        description="The official adapter's name. Unset: `sandbox` where `up` starts the sandbox, "
        "else `business_central`.",
    )
    erp_base_url: _Url | None = Field(default=None, description="The ERP's address.")
    erp_company: str | None = Field(default=None, description="The company within the ERP.")
    erp_auth: Literal["basic", "ntlm", "negotiate"] = Field(
        default="basic", description="How the ERP is told who calls."
    )
    erp_user: str | None = Field(default=None, description="The ERP user.")
    erp_password: SecretStr | None = Field(
        default=None, description="The ERP user's password or web service access key."
    )
    canary_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        description="The share of keys that `canary` sends to `official`, percent.",
    )
    logfire_token: SecretStr | None = Field(
        default=None,
        description="Sends traces and logs to Logfire. Unset: nothing leaves the machine.",
    )
    log_format: Literal["console", "json"] = Field(
        default_factory=_log_format,
        description="Lines for people or JSON. Unset: `console` in `local`, else `json`.",
    )
    subscriber_url: _Url | None = Field(
        default=None, description="A subscriber to every event, beside those of the configuration."
    )
    subscriber_secret: SecretStr | None = Field(
        default=None, description="The secret that signs what SUBSCRIBER_URL is sent: `whsec_…`."
    )
    alert_urls: SecretStr | None = Field(
        default=None,
        description="Where alerts are sent: Apprise addresses, parted by spaces, such as "
        "`mailto://…` or `json://host/path`.",
    )
    heartbeat_url: SecretStr | None = Field(
        default=None,
        description="Fetched each minute while this process leads; whoever watches it tells "
        "where it stops. With most services its path is a token, so it is kept as a secret.",
    )
    public_url: _Url | None = Field(
        default=None, description="The address under which others reach this service."
    )
    root_path: Annotated[str, AfterValidator(_root_path)] = Field(
        default="", description="The path that a proxy in front takes off, such as `/tidegate`."
    )
    trusted_proxies: _Networks = Field(
        default=(),
        description="Addresses or networks, parted by commas, whose X-Forwarded-* count.",
    )
    cors_origins: _Origins = Field(
        default=(),
        description="What web pages may call from, parted by commas: `https://host`, or `*`.",
    )
    body_limit: int = Field(
        default=1_048_576, ge=1024, description="The largest body that is taken, bytes."
    )
    disk_floor: int = Field(
        default=268_435_456,
        ge=0,
        description="Free bytes beside the SQLite file below which nothing is accepted; 0: off.",
    )
    tidegate_config: Path | None = Field(
        default=None, description="The configuration file. Unset: `tidegate.toml` if there is one."
    )

    @field_validator("heartbeat_url")
    @classmethod
    def _fetched(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            if value is not None:
                http_url(value.get_secret_value())
        except ValueError:
            # What it says may repeat a part of it.
            raise ValueError("must be an http:// or https:// address, without a user") from None
        return value

    @field_validator("root_path")
    @classmethod
    def _said_once(cls, value: str, info: ValidationInfo) -> str:
        if value and urlsplit(info.data.get("public_url") or "").path.rstrip("/").endswith(value):
            raise ValueError("PUBLIC_URL ends with it already, and links would hold it twice")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what `load_settings` hands in: the environment comes as an argument."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    def needs_real_keys(self) -> bool:
        """Whether others than this machine may come: outside `local`, or off the loopback."""
        return self.environment != "local" or not _is_loopback(self.host)

    def check_secrets(self) -> None:
        """Raise `ConfigError` where keys are needed and missing or guessable."""
        if not self.needs_real_keys():
            return
        for name, key in (("WEBHOOK_KEY", self.webhook_key), ("ADMIN_KEY", self.admin_key)):
            length = len(key.get_secret_value()) if key else 0
            if length < _SHORTEST_KEY:
                where = f"ENVIRONMENT={self.environment}, HOST={self.host}"
                state = f"shorter than {_SHORTEST_KEY} characters" if key else "not set"
                raise ConfigError(
                    f"{name} is {state} ({where})",
                    next_step=f"set {name} or {name}_FILE to at least {_SHORTEST_KEY} random "
                    "characters; without keys run with ENVIRONMENT=local on 127.0.0.1",
                )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


SECRETS = frozenset(
    name.upper()
    for name, field in Settings.model_fields.items()
    if SecretStr in get_args(field.annotation)
)
"""The names that are read from `NAME_FILE` too."""


def find_dotenv(config: Path | None, directory: Path) -> Path | None:
    """The `.env` beside the configuration file, else the one in `directory`, if there is one."""
    folders = [directory] if config is None else [config.parent, directory]
    return next((f / ".env" for f in folders if (f / ".env").is_file()), None)


def load_settings(
    overrides: Mapping[str, object], env: Mapping[str, str], dotenv: Path | None
) -> Settings:
    """The settings in force: flag before environment before `.env` before default.

    Args:
        overrides: by field name; None means that the flag was not given.
        env: the process's environment; an empty value counts as unset.
        dotenv: a `.env` file, read as it stands: `${…}` is not replaced.

    Raises `ConfigError`, which names the setting and never repeats its value.
    """
    given = laid_over(read_dotenv(dotenv), env)
    values: dict[str, Any] = {
        name.lower(): value for name, value in overrides.items() if value is not None
    }
    for name in Settings.model_fields.keys() - values.keys():
        variable = name.upper()
        found = lookup(variable, given) if variable in SECRETS else given.get(variable)
        if found is not None:
            values[name] = found
    try:
        return Settings(**values)
    except ValidationError as error:
        raise _explained(error) from None


def _explained(error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = str(first["loc"][0])
    field = Settings.model_fields.get(name)
    if field is None:
        guesses = get_close_matches(name, Settings.model_fields, n=1)
        hint = f"did you mean {guesses[0].upper()}?" if guesses else ""
        return ConfigError(f"there is no setting {name.upper()}", next_step=hint)
    message = first["msg"].removeprefix("Value error, ")
    return ConfigError(
        f"{name.upper()}: {message}", next_step=f"set {name.upper()}: {field.description}"
    )
