"""`tidegate up`, `ingest`, `processor`, `relay`: the roles, together or each in its process."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import Context, load
from cli.modes import brings_sandbox, target_of
from cli.output import say
from tidegate.errors import ConfigError, TidegateError

if TYPE_CHECKING:
    from socket import socket

    from starlette.types import ASGIApp

    from cli.compose import House
    from erp.sandbox.serve import Serving
    from ingest.desk import Desk
    from ingest.targets import Targets
    from sql.database import Database
    from tidegate.settings import Settings

SANDBOX_FILE = "sandbox.sqlite"
LOOPBACK = "127.0.0.1"


def up(
    directory: Path, port: int | None, sandbox_port: int | None, *, sandbox: bool | None
) -> None:
    """The whole house in one process.

    Args:
        sandbox: whether the sandbox comes along; None: where nothing names another ERP.
    """
    context = _load(directory, port, make_keys=True)
    brought = brings_sandbox(context.settings, context.config, sandbox)
    with ExitStack() as stack:
        base_url = _sandbox(context, sandbox_port, stack) if brought else None
        target = target_of(context.settings, sandbox=brought)
        house = _house(context, "up", stack, upgrade=context.own_sqlite)
        house.add_processor(target, base_url or context.settings.erp_base_url)
        house.add_relay()
        _serve(house, "up", target, stack, base_url)


def ingest(directory: Path | None, port: int | None) -> None:
    """The public port alone."""
    context = _load(directory, port)
    _need_keys(context)
    with ExitStack() as stack:
        house = _house(context, "ingest", stack)
        _serve(house, "ingest", target_of(context.settings), stack)


def processor(directory: Path | None) -> None:
    """The drain alone: one of several leads, the others stand by."""
    context = _load(directory, None)
    with ExitStack() as stack:
        house = _house(context, "processor", stack)
        house.add_processor(target_of(context.settings), context.settings.erp_base_url)
        _run(house, "processor")


def relay(directory: Path | None) -> None:
    """The relay alone."""
    context = _load(directory, None)
    with ExitStack() as stack:
        house = _house(context, "relay", stack)
        house.add_relay()
        _run(house, "relay")


def sandbox(directory: Path, port: int) -> None:
    """The sandbox ERP alone."""
    from cli.serve import wait_for_stop

    serving = _start_sandbox(directory, port, "give another --port")
    wait_for_stop(lambda: say(f"sandbox ERP  {serving.url}"))
    serving.stop()


def _load(directory: Path | None, port: int | None, *, make_keys: bool = False) -> Context:
    from tidegate import telemetry

    context = load(directory, {"port": port}, make_keys=make_keys)
    token = context.settings.logfire_token
    telemetry.configure(
        context.settings.log_format, token.get_secret_value() if token else None, "tidegate"
    )
    return context


def _need_keys(context: Context) -> None:
    if not (context.keys.webhook and context.keys.admin):
        raise ConfigError(
            "there are no keys to let callers in by",
            next_step="set WEBHOOK_KEY and ADMIN_KEY, or run tidegate up once in the same --dir",
        )


def _sandbox(context: Context, port: int | None, stack: ExitStack) -> str:
    wanted = (
        port if port is not None else (context.settings.port + 1 if context.settings.port else 0)
    )
    otherwise = "give another --sandbox-port, or --no-sandbox with ERP_BASE_URL"
    serving = _start_sandbox(context.directory, wanted, otherwise)
    stack.callback(serving.stop)
    return serving.url


def _start_sandbox(directory: Path, port: int, otherwise: str) -> Serving:
    from erp.sandbox.serve import serve

    directory.mkdir(parents=True, exist_ok=True)
    try:
        return serve(directory / SANDBOX_FILE, "127.0.0.1", port)
    except OSError as error:
        raise ConfigError(
            f"the sandbox ERP cannot listen on port {port}: {error.strerror}",
            next_step=otherwise,
        ) from error


def _house(context: Context, role: str, stack: ExitStack, *, upgrade: bool = False) -> House:
    from cli.compose import House
    from cli.home import check_home
    from sql.migrate import check_version

    db = context.open(role)
    try:
        if upgrade:
            _upgrade_own(db, context)
        check_version(db)
        check_home(context, db)
    except TidegateError:
        db.close()
        raise
    house = House(context, db)
    stack.callback(house.stop)
    house.add_presence(role)
    return house


def _upgrade_own(db: Database, context: Context) -> None:
    """`up` owns the folder's file, so it makes and upgrades it unasked."""
    from sql.migrate import upgrade, validate

    if validate(db):
        upgrade(db, context.clock)


def public_app(desk: Desk, settings: Settings) -> ASGIApp:
    """What PORT serves; where ENVIRONMENT is local, the operator's routes too."""
    from ingest.app import create_app
    from ingest.middleware import guarded
    from ops.http import admin_routes

    local = settings.environment == "local"
    app = create_app(desk, admin_routes(desk, settings) if local else ())
    return guarded(app, desk.ids, proxies=settings.trusted_proxies, origins=settings.cors_origins)


def _serve(
    house: House, role: str, target: Targets, stack: ExitStack, sandbox_url: str | None = None
) -> None:
    from cli.collecting import settle
    from cli.serve import Port, listen, serve

    settings = house.context.settings
    listener = listen(settings.host, settings.port)
    stack.callback(listener.close)
    operators = _operators(settings, stack)
    desk = house.add_ingest(role, target, sandbox_url)
    ports = [Port(public_app(desk, settings), listener, settings.root_path)]
    if operators is not None:
        ports.append(Port(_ops_app(desk, settings), operators))
    house.start()
    settle()
    serve(ports, lambda: _announce(house.context, listener, operators, sandbox_url))


def _operators(settings: Settings, stack: ExitStack) -> socket | None:
    """The operator's port: the loopback's alone, and none where PORT serves everything."""
    from cli.serve import listen

    if settings.environment == "local":
        return None
    listener = listen(LOOPBACK, settings.ops_port, "set another OPS_PORT")
    stack.callback(listener.close)
    return listener


def _ops_app(desk: Desk, settings: Settings) -> ASGIApp:
    from ingest.middleware import guarded
    from ops.http import create_ops_app

    return guarded(create_ops_app(desk, settings), desk.ids)


def _run(house: House, role: str) -> None:
    from cli.collecting import settle
    from cli.serve import wait_for_stop

    house.start()
    settle()
    wait_for_stop(lambda: say(f"tidegate {role} runs"))


def _announce(
    context: Context, public: socket, operators: socket | None, sandbox_url: str | None
) -> None:
    url = _address(public)
    say(f"tidegate     {url}   (docs at {url}/docs)")
    if operators is not None:
        say(f"operators    {_address(operators)}")
    if sandbox_url:
        say(f"sandbox ERP  {sandbox_url}")
    if context.keys.made:
        say(f"keys         {context.directory / 'keys.env'}")
        if sys.stderr.isatty():
            say(f"             X-Webhook-Key: {context.keys.webhook}")
            say(f"             X-API-Key:     {context.keys.admin}")


def _address(listener: socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"
