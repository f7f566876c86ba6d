"""Runs the sandbox in a thread of its own, for tests and for `tidegate up`."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import uvicorn

from erp.sandbox.drop import DroppingProtocol
from erp.sandbox.server import create_app
from tidegate.clock import Clock, SystemClock
from tidegate.ids import Ids

START_LIMIT = 10.0
STOP_LIMIT = 10.0
GRACE = 2


class _Server(uvicorn.Server):
    """Tells when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()


class Serving:
    """A sandbox that runs; `stop` ends it."""

    def __init__(self, server: _Server, listener: socket.socket) -> None:
        self._server = server
        self._listener = listener
        self.host, self.port = listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Return when it serves; raises `RuntimeError` where it does not."""
        self._thread.start()
        if not self._server.serving.wait(START_LIMIT):
            self.stop()
            raise RuntimeError(f"the sandbox did not start on {self.url}")

    def stop(self) -> None:
        """End it, with two seconds for requests that are under way."""
        self._server.should_exit = True
        self._thread.join(STOP_LIMIT)
        self._listener.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


def serve(
    path: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
) -> Serving:
    """Serve the sandbox in `path`; port 0 takes a free one, told by `.port`.

    Raises `OSError` where the port is taken, `sqlite3.Error` where the file cannot be used.
    """
    listener = socket.create_server((host, port))
    clock = clock or SystemClock()
    config = uvicorn.Config(
        create_app(path, clock, ids or Ids(clock)),
        http=DroppingProtocol,
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE,
    )
    serving = Serving(_Server(config), listener)
    serving.start()
    return serving
