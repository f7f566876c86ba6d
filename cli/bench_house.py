"""The houses that `tidegate bench` measures: built as ever, in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cli.collecting import settle
from cli.compose import House
from cli.context import Context
from cli.first_run import Keys
from cli.serve import Port, listen, serve
from lab.bench.ingest import KEY
from lab.bench.noop import NAME
from tidegate import telemetry
from tidegate.clock import SystemClock
from tidegate.config import load_config
from tidegate.ids import Ids
from tidegate.settings import load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LANES = 256
"""Of the adapter that does nothing: as many as a batch holds."""


def context(folder: Path) -> Context:
    """Shipped settings and configuration: nothing of the caller's own is measured."""
    from tidegate.config_tables import AdapterOptions
    from tidegate.secrets import Secrets

    settings = load_settings({"port": 0}, {}, None)
    telemetry.configure(settings.log_format, None, "tidegate")
    shipped = load_config(None)
    noop = AdapterOptions(use="lab.bench.noop:Noop", lanes=LANES)
    config = shipped.model_copy(update={"adapters": {**shipped.adapters, NAME: noop}})
    clock = SystemClock()
    secrets = Secrets({}, {}, {"WEBHOOK_KEY": KEY})
    return Context(settings, config, folder, Keys(KEY, KEY, ""), clock, Ids(clock), secrets)


def made(folder: Path) -> House:
    """A house without roles on the SQLite file of `folder`, which is made or upgraded."""
    from sql.migrate import upgrade, validate

    surroundings = context(folder)
    db = surroundings.open("bench")
    if validate(db):
        upgrade(db, surroundings.clock)
    return House(surroundings, db)


def serve_house(folder: Path, told: Callable[[int], None]) -> None:
    """The ingest role."""
    from cli.up import public_app

    with ExitStack() as stack:
        house = made(folder)
        stack.callback(house.stop)
        desk = house.add_ingest("ingest", NAME)
        house.start()
        settle()
        _serve(public_app(desk, house.context.settings), told)


def serve_all(folder: Path, told: Callable[[int], None]) -> None:
    """All in one: ingest, drain over the adapter that does nothing, relay."""
    from cli.up import public_app

    with ExitStack() as stack:
        house = drained(folder)
        stack.callback(house.stop)
        house.add_relay()
        desk = house.add_ingest("up", NAME)
        house.start()
        settle()
        _serve(public_app(desk, house.context.settings), told)


def drained(folder: Path) -> House:
    """A house with a drain that has not begun."""
    house = made(folder)
    house.add_processor(NAME, None, inline=True)
    settle()
    return house


def serve_floor(_folder: Path, told: Callable[[int], None]) -> None:
    """The endpoint that stores nothing."""
    from lab.bench.floor import floor_app

    _serve(floor_app, told)


def serve_idle(_folder: Path, told: Callable[[int], None]) -> None:
    """A server that does nothing at all."""
    from lab.bench.floor import idle_app

    _serve(idle_app, told)


def _serve(application: ASGIApp, told: Callable[[int], None]) -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    serve([Port(application, listener)], lambda: told(port))
