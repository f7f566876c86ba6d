"""Serves applications until SIGTERM or SIGINT, then returns: the exit code stays ours."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

REQUEST_GRACE = 5
"""Seconds that requests under way get on a stop."""

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than proxies keep theirs (60 as a rule), or
one would send a POST into a connection that is just being closed, and answer 502."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again after its end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Port:
    """An application and the socket that it is served on.

    Args:
        root_path: what a proxy in front takes off the path.
    """

    app: ASGIApp
    listener: socket.socket
    root_path: str = ""


def listen(host: str, port: int, otherwise: str = "give another --port") -> socket.socket:
    """A listening socket. Raises `ConfigError` where the port cannot be had."""
    try:
        return socket.create_server((host, port), backlog=2048, reuse_port=False)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}",
            next_step=f"stop what listens there, or {otherwise}",
        ) from error


def serve(ports: Sequence[Port], on_up: Callable[[], None]) -> None:
    """Serve all until told to stop; `on_up` is called when every port takes requests."""
    servers = [(_server(port), port.listener) for port in ports]
    with asyncio.Runner(loop_factory=servers[0][0].config.get_loop_factory()) as runner:
        runner.run(_serve(servers, on_up))


def _server(port: Port) -> _Server:
    return _Server(
        uvicorn.Config(
            port.app,
            log_config=None,
            access_log=False,
            server_header=False,
            # Its own default trusts the loopback; TRUSTED_PROXIES alone decides (`guarded`).
            proxy_headers=False,
            root_path=port.root_path,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=REQUEST_GRACE,
            ws="none",
            lifespan="off",
        )
    )


async def _serve(servers: list[tuple[_Server, socket.socket]], on_up: Callable[[], None]) -> None:
    def stop() -> None:
        for server, _ in servers:
            server.should_exit = True

    _stop_on_signal(stop)
    serving = [asyncio.ensure_future(server.serve(sockets=[own])) for server, own in servers]
    while not all(server.started for server, _ in servers):
        if any(each.done() for each in serving):
            stop()
            break
        await asyncio.sleep(0.005)
    else:
        on_up()
    await asyncio.gather(*serving)


def wait_for_stop(on_up: Callable[[], None]) -> None:
    """For roles without a port: return on SIGTERM or SIGINT."""

    async def wait() -> None:
        stopped = asyncio.Event()
        _stop_on_signal(stopped.set)
        on_up()
        await stopped.wait()

    asyncio.run(wait())


def _stop_on_signal(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
