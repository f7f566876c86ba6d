"""A TCP proxy that cuts, halves, stalls and refuses connections on demand.

Two threads a connection; what it does to them is decided by who holds it, never by chance.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Listens on a port of its own and hands everything on to `target`.

    Args:
        target: host and port.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._open = threading.Event()
        self._open.set()
        self._refusing = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> int:
        """Reset every connection; how many there were."""
        return self._each(_reset)

    def halve(self) -> int:
        """Close the way back of every connection: what was sent arrives, no answer does."""
        return self._each(lambda client, _: _quietly(client, socket.SHUT_WR))

    def stall(self) -> None:
        """Hold everything back until `go_on`."""
        self._open.clear()

    def refuse(self) -> None:
        """Reset what is there and whatever comes, until `go_on`."""
        self._refusing = True
        self.cut()

    def go_on(self) -> None:
        """Hand on again."""
        self._refusing = False
        self._open.set()

    def close(self) -> None:
        """Stop listening and cut what is there."""
        self._server.close()
        self._open.set()
        self.cut()

    def _each(self, do: Callable[[socket.socket, socket.socket], None]) -> int:
        with self._lock:
            pairs = list(self._pairs)
        for client, server in pairs:
            do(client, server)
        return len(pairs)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                if self._refusing:
                    raise OSError
                server = socket.create_connection(self._target, timeout=5)
                server.settimeout(None)
            except OSError:
                _reset(client, client)
                continue
            self._join(client, server)

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        for source, sink in (pair, pair[::-1]):
            args = (source, sink, pair)
            threading.Thread(target=self._pump, args=args, daemon=True).start()

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        pair: tuple[socket.socket, socket.socket],
    ) -> None:
        try:
            while data := source.recv(CHUNK):
                self._open.wait()
                sink.sendall(data)
            self._open.wait()
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            with self._lock:
                self._pairs.discard(pair)
            _reset(*pair)


def _reset(*sockets: socket.socket) -> None:
    for each in sockets:
        with contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        _quietly(each, socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            each.close()


def _quietly(each: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(how)
