"""Which adapters a house writes to, by ERP_MODE; and whether `up` brings a sandbox along."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cli.output import say
from ingest.targets import Canary, Targets
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from cli.context import Context
    from sql.database import Database
    from tidegate.adapter import Adapter
    from tidegate.config import Config
    from tidegate.settings import Settings

LEGACY = "legacy"
SANDBOX = "sandbox"
BUSINESS_CENTRAL = "business_central"


def target_of(settings: Settings, *, sandbox: bool = False) -> Targets:
    """Where new keys go; raises `ConfigError` for a canary without two adapters.

    Args:
        sandbox: whether this process brings the sandbox along.
    """
    official = settings.erp_adapter or (SANDBOX if sandbox else BUSINESS_CENTRAL)
    if settings.erp_mode == "official":
        return official
    if settings.erp_mode == "legacy":
        return LEGACY
    if official == LEGACY:
        raise ConfigError(
            "ERP_MODE=canary has legacy on both sides",
            next_step="set ERP_ADAPTER to the official adapter, or ERP_MODE=legacy",
        )
    return Canary(official, LEGACY, settings.canary_percent)


def brings_sandbox(settings: Settings, config: Config, asked: bool | None) -> bool:
    """Whether `up` starts the sandbox: where nothing names another ERP, or as it is asked.

    Args:
        asked: `--sandbox` or `--no-sandbox`, None where neither was given.

    Raises `ConfigError` where the sandbox is asked for and the file says to write elsewhere.
    """
    elsewhere = _elsewhere(settings, config)
    if asked is None:
        return not elsewhere
    if asked and settings.erp_mode != LEGACY:
        named = config.adapter(settings.erp_adapter or SANDBOX).base_url
        if named is not None:
            raise ConfigError(
                f"--sandbox, and [adapters.{settings.erp_adapter or SANDBOX}] base_url names "
                "another ERP",
                next_step="leave out --sandbox, or base_url",
            )
    if asked and elsewhere:
        say(f"--sandbox goes before {elsewhere}: this house writes to its own sandbox")
    return asked


def _elsewhere(settings: Settings, config: Config) -> str:
    """What says that this house writes to another ERP than a sandbox of its own."""
    if settings.erp_mode == LEGACY:
        return "ERP_MODE=legacy"
    if settings.erp_adapter not in (None, SANDBOX):
        return f"ERP_ADAPTER={settings.erp_adapter}"
    if settings.erp_base_url is not None:
        return "ERP_BASE_URL"
    sandbox = config.adapter(SANDBOX)
    return f"[adapters.{SANDBOX}]" if sandbox.base_url or sandbox.use else ""


def build(context: Context, name: str, base_url: str | None, db: Database | None = None) -> Adapter:
    """The adapter `name`; raises `ConfigError`.

    Args:
        base_url: where the official one's ERP is.
        db: the house's own, where procedures of `legacy` run.
    """
    from erp.business_central.auth import Login
    from erp.registry import build_adapter

    settings = context.settings
    return build_adapter(
        name,
        context.config.adapter(name),
        base_url,
        settings.erp_company,
        Login.of(settings),
        surroundings(context.config, os.environ),
        db,
    )


def surroundings(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """What the user's own code may know of ours: no secret that the configuration names."""
    from outbox.subscriptions import variable

    secrets = {name for source in config.sources.values() for name in source.secrets}
    secrets |= {variable(each.name) for each in config.subscriptions}
    kept_back = secrets | {f"{name}_FILE" for name in secrets}
    return {name: value for name, value in environ.items() if name not in kept_back}


def check_writes(config: Config) -> None:
    """Raise `ConfigError` for what would be written, or would wait, in spite of `writes`."""
    off = config.writes_off()
    for name, entity in config.entities.items():
        if entity.writes != "off" and name.rpartition(".")[2] in off:
            raise ConfigError(
                f'writes = "off" holds for every source, and [entities."{name}"] does not',
                next_step="let every source's entity of that name have the same writes",
            )
