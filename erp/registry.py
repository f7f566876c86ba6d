"""Adapters by name: ours, and classes that the configuration names."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from tidegate.adapter import Adapter, Repeat
from tidegate.config_tables import AdapterOptions
from tidegate.errors import ConfigError

SANDBOX_TIMEOUT = 2.0
SANDBOX_IN_DOUBT = 3.0


def build_adapter(
    name: str, options: AdapterOptions, base_url: str | None, company: str | None
) -> Adapter:
    """The adapter `name`.

    Args:
        base_url: where the ERP is; the table's own `base_url` goes before it.

    Raises `ConfigError` where there is none of that name, or it lacks an address.
    """
    if options.use is not None:
        return _named(name, options.use)
    if name == "sandbox":
        return _sandbox(options, options.base_url or base_url, company)
    raise ConfigError(
        f"there is no adapter {name!r}",
        next_step="set ERP_ADAPTER=sandbox, or name a class in [adapters."
        f'{name}] use = "module:Class"',
    )


def _sandbox(options: AdapterOptions, base_url: str | None, company: str | None) -> Adapter:
    from erp.sandbox.adapter import build

    if not base_url:
        raise ConfigError("the ERP has no address", next_step="set ERP_BASE_URL")
    set_here = "timeout" in options.model_fields_set
    return build(
        base_url,
        company or "CRONUS",
        options.timeout if set_here else SANDBOX_TIMEOUT,
        repeat=Repeat(options.repeat or "conditional"),
        in_doubt=options.in_doubt or SANDBOX_IN_DOUBT,
    )


def _named(name: str, use: str) -> Adapter:
    module, _, attribute = use.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"[adapters.{name}] use = {use!r} cannot be loaded: {error}",
            next_step="check the module's name and that it is installed here",
        ) from error
    return cast(Adapter, found())
