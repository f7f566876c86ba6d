"""A server that answers what it was told to, one connection after the other."""

from __future__ import annotations

import re
import socket

_LENGTH = re.compile(rb"content-length: ([0-9]+)", re.IGNORECASE)


def answer(status: str, body: bytes, *headers: str) -> bytes:
    """An answer as bytes, after which the connection closes."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def play(listener: socket.socket, answers: list[bytes], asked: list[bytes] | None = None) -> None:
    """Take a request for each answer, and note it in `asked`."""
    for raw in answers:
        connection, _ = listener.accept()
        with connection:
            request = _whole(connection)
            if asked is not None:
                asked.append(request)
            connection.sendall(raw)


def _whole(connection: socket.socket) -> bytes:
    request = b""
    while part := connection.recv(65536):
        request += part
        head, end, body = request.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            break
        if not request[:1].isalpha():
            # No HTTP at all, such as the beginning of a TLS handshake.
            break
    return request
