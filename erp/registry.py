"""Adapters by name: ours, and classes that the configuration names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from tidegate.adapter import Adapter, Repeat
from tidegate.config_tables import AdapterOptions
from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from erp.business_central.auth import Login
    from sql.database import Database

_SECOND = 1.0
_MINUTE = 60.0


def build_adapter(
    name: str,
    options: AdapterOptions,
    base_url: str | None,
    company: str | None,
    login: Login | None = None,
    environ: Mapping[str, str] | None = None,
    db: Database | None = None,
) -> Adapter:
    """The adapter `name`.

    Args:
        base_url: where the ERP is; the table's own `base_url` goes before it.
        login: who calls; None: nobody is named.
        environ: what child processes of `legacy` inherit.
        db: the house's own, where procedures of `legacy` run.

    Raises `ConfigError` where there is none of that name, or it lacks an address or a login.
    """
    if options.use is not None:
        return _named(name, options.use)
    if name == "sandbox":
        return _sandbox(options, _address(options, base_url), company)
    if name == "business_central":
        return _business_central(options, _address(options, base_url), company, login)
    if name == "legacy":
        return _legacy(options, environ or {}, db)
    raise ConfigError(
        f"there is no adapter {name!r}",
        next_step="set ERP_ADAPTER=business_central or sandbox, or name a class in [adapters."
        f'{name}] use = "module:Class"',
    )


@runtime_checkable
class Checked(Protocol):
    """What an adapter may offer that can tell at start whether it is of any use."""

    def check(self) -> None:
        """Raise `ConfigError` where it can do nothing here."""
        ...


def check_adapter(adapter: Adapter) -> None:
    """Raise `ConfigError` where an adapter says that it can do nothing here."""
    if isinstance(adapter, Checked):
        adapter.check()


def options_of(name: str, options: AdapterOptions) -> AdapterOptions:
    """The options with the adapter's own number of lanes where the file does not say one."""
    if name != "business_central" or "lanes" in options.model_fields_set:
        return options
    from erp.business_central.adapter import LANES

    return options.model_copy(update={"lanes": LANES})


def _address(options: AdapterOptions, base_url: str | None) -> str:
    found = options.base_url or base_url
    if not found:
        raise ConfigError("the ERP has no address", next_step="set ERP_BASE_URL")
    return found


def _sandbox(options: AdapterOptions, base_url: str, company: str | None) -> Adapter:
    from erp.sandbox import adapter

    timeout = _timeout(options, adapter.TIMEOUT)
    return adapter.build(
        base_url,
        company or adapter.COMPANY,
        timeout,
        repeat=_repeat(options),
        in_doubt=options.in_doubt or max(adapter.IN_DOUBT, timeout + _SECOND),
    )


def _business_central(
    options: AdapterOptions, base_url: str, company: str | None, login: Login | None
) -> Adapter:
    from erp.business_central import adapter
    from erp.business_central.auth import Login, needed

    if not company:
        raise ConfigError("the ERP's company is not named", next_step="set ERP_COMPANY")
    timeout = _timeout(options, adapter.TIMEOUT)
    return adapter.build(
        base_url,
        company,
        needed(login or Login()),
        timeout=timeout,
        repeat=_repeat(options),
        in_doubt=options.in_doubt or max(adapter.IN_DOUBT, timeout + _MINUTE),
        lanes=options_of("business_central", options).lanes,
    )


def _legacy(options: AdapterOptions, environ: Mapping[str, str], db: Database | None) -> Adapter:
    from erp.legacy import procedures, python

    if not options.commands:
        raise ConfigError(
            "[adapters.legacy] has no commands",
            next_step='add [adapters.legacy.commands."purchaseOrderLines.date"] with call = '
            '"module:function"',
        )
    named = {name: each for name, each in options.commands.items() if each.procedure is not None}
    if not named:
        return python.build(options, environ)
    run = procedures.build(named, options.timeout, db)
    if len(named) == len(options.commands):
        return run
    from erp.legacy.adapter import Legacy

    return Legacy(python.build(options, environ), run)


def _repeat(options: AdapterOptions) -> Repeat:
    repeat = Repeat(options.repeat or "conditional")
    if repeat not in (Repeat.CONDITIONAL, Repeat.PROBE):
        raise ConfigError(
            f"repeat = {repeat.value!r} is not what Business Central's records allow",
            next_step='set repeat = "conditional" or "probe", or leave it out',
        )
    return repeat


def _timeout(options: AdapterOptions, usual: float) -> float:
    if "timeout" in options.model_fields_set:
        return options.timeout
    return usual if options.in_doubt is None else min(usual, options.in_doubt / 2)


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
