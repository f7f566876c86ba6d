"""Between a driver and its server: counts round trips, and breaks connections when told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from sql import odbc


class TdsProxy:
    """A TCP proxy in front of the server that `dsn` names; `dsn` of its own leads through it.

    A round trip is counted when the client speaks after the server has spoken: a message of any
    length is one, encrypted or not.
    """

    def __init__(self, dsn: str) -> None:
        host, _, port = (odbc.field(dsn, "server") or "").removeprefix("tcp:").partition(",")
        self._server = (host, int(port or 1433))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.dsn = odbc.odbc_string(
            dsn, None, "test", server=f"127.0.0.1,{self._listener.getsockname()[1]}"
        )
        self.round_trips = 0
        self.cut_answers = False
        self._client_spoke = False
        self._guard = threading.Lock()
        self._sockets: list[socket.socket] = [self._listener]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            _shut(each)

    def cut(self) -> None:
        """Break every connection that there is."""
        for each in self._sockets[1:]:
            _shut(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pump, args=(source, sink, source is client)).start()

    def _pump(self, source: socket.socket, sink: socket.socket, from_client: bool) -> None:
        try:
            while data := source.recv(65536):
                with self._guard:
                    self.round_trips += from_client and not self._client_spoke
                    self._client_spoke = from_client
                if self.cut_answers and not from_client:
                    break
                sink.sendall(data)
        except OSError:
            pass
        _shut(source)
        _shut(sink)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
