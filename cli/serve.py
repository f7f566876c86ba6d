"""Serves an application until SIGTERM or SIGINT, then returns: the exit code stays ours."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from starlette.applications import Starlette

REQUEST_GRACE = 5
"""Seconds that requests under way get on a stop."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again after its end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `ConfigError` where the port cannot be had."""
    try:
        return socket.create_server((host, port), backlog=2048, reuse_port=False)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}",
            next_step="stop what listens there, or give another --port",
        ) from error


def serve(
    app: Starlette, listener: socket.socket, root_path: str, on_up: Callable[[], None]
) -> None:
    """Serve until told to stop; `on_up` is called when requests are taken."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            root_path=root_path,
            timeout_graceful_shutdown=REQUEST_GRACE,
            ws="none",
            lifespan="off",
        )
    )
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, listener, on_up))


async def _serve(server: _Server, listener: socket.socket, on_up: Callable[[], None]) -> None:
    _stop_on_signal(lambda: setattr(server, "should_exit", True))
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    if server.started:
        on_up()
    await serving


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
