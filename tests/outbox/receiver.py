"""A subscriber: a real HTTP server that verifies what it is sent, and keeps it."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tidegate.signing import verify


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    verified: bool

    @property
    def event(self) -> dict[str, Any]:
        """Its body, read."""
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def data(self) -> dict[str, Any]:
        """What happened."""
        value: dict[str, Any] = self.event["data"]
        return value


@dataclass
class Reply:
    """What it answers, after `until` is set; its last byte comes when `tail` is."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    until: threading.Event | None = None
    tail: threading.Event | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hangs up is part of the tests."""


class Receiver:
    """Serves until closed; replies as told, then with 204.

    Args:
        secret: what it verifies signatures with.
        now: Unix seconds.
    """

    def __init__(self, secret: str, now: Callable[[], float]) -> None:
        self.secret = secret
        self.now = now
        self.received: list[Received] = []
        self.replies: deque[Reply] = deque()
        self.always: Reply = Reply()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def reply(self, status: int, **headers: str) -> None:
        """Queue one answer; `_` in a header's name stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies.append(Reply(status, named))

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Keep a request and choose its answer."""
        verified = verify(
            [self.secret],
            headers.get("webhook-id", "").encode(),
            headers.get("webhook-timestamp", "").encode(),
            headers.get("webhook-signature", "").encode(),
            body,
            now=self.now(),
        )
        self.received.append(Received(path, headers, body, verified))
        return self.replies.popleft() if self.replies else self.always

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = receiver.take(self.path, headers, body)
                if reply.until is not None:
                    reply.until.wait(10)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[:-1])
                if reply.tail is not None:
                    reply.tail.wait(10)
                self.wfile.write(reply.body[-1:])

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        return Handler
