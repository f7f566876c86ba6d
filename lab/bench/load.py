"""The sender of a bench: raw sockets, requests that are bytes already, one per connection at once.

It does as little as a client can, so that the server is what is measured; `tidegate bench ingest`
prints its own ceiling against a server that does nothing.
"""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab.bench.process import Told
from tidegate.clock import Clock, SystemClock

GRACE = 10.0
_NUMBER = b"%(number)015d"
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Round:
    """One window of load.

    Args:
        request: the whole request, with `NUMBER` where each one's own 15 digits go.
        first: the number of the first request; each takes the next.
        seconds: how long answers count, after `warm` seconds in which they do not.
        rate: requests a second, evenly spread, without warm-up; None: as fast as answers come.
    """

    port: int
    request: bytes
    connections: int
    first: int
    seconds: float
    warm: float = 0.5
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What came back: answers within the window, and numbers used up in all.

    `waits`: seconds from each request to its answer, where requests are evenly spread.
    """

    answers: int
    seconds: float
    sent: int
    waits: tuple[float, ...] = ()

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def request(path: str, headers: dict[str, str], body: str) -> bytes:
    """The bytes of a POST; `%(number)015d` in `body` is where the number goes."""
    filled = len(body.replace(_NUMBER.decode(), "0" * 15).encode())
    lines = [f"POST {path} HTTP/1.1", "Host: bench", f"Content-Length: {filled}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def sender(told: Told) -> None:
    """The process: rounds in, counts out, until the line is closed."""
    while True:
        try:
            wanted: Round = told.recv()
        except EOFError:
            return
        try:
            told.send(send(wanted, SystemClock()))
        except (OSError, ValueError) as error:
            told.send(f"{type(error).__name__}: {error}")


def send(wanted: Round, clock: Clock) -> Counted:
    """Play one round. Raises `ValueError` for any answer but 200 and 202, `OSError` for no one."""
    before, after = wanted.request.split(_NUMBER)
    with selectors.DefaultSelector() as selector:
        lines = [_Line(wanted.port, before, after) for _ in range(wanted.connections)]
        try:
            for each in lines:
                selector.register(each.socket, selectors.EVENT_READ, each)
            play = _flood if wanted.rate is None else _pace
            return play(wanted, lines, selector, clock.monotonic)
        finally:
            for each in lines:
                each.socket.close()


class _Line:
    """One connection with at most one request under way."""

    __slots__ = ("_after", "_before", "_got", "sent_at", "socket")

    def __init__(self, port: int, before: bytes, after: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._before = before
        self._after = after
        self._got = b""
        self.sent_at = 0.0

    def send(self, number: int) -> None:
        self.socket.sendall(b"%b%015d%b" % (self._before, number, self._after))

    def answered(self) -> bool:
        """Take what is there; whether the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise ValueError("the server closed the connection")
        got = self._got + part if self._got else part
        if _whole(got):
            if got[9:12] not in (b"200", b"202"):
                raise ValueError(f"answered {got[:400]!r}")
            self._got = b""
            return True
        self._got = got
        return False


def _whole(got: bytes) -> bool:
    end = got.find(_HEAD_END)
    if end < 0:
        return False
    at = got.lower().find(_LENGTH, 0, end)
    if at < 0:
        raise ValueError(f"an answer without a length: {got[:200]!r}")
    length = int(got[at + len(_LENGTH) : got.index(b"\r", at)])
    return len(got) >= end + 4 + length


def _flood(
    wanted: Round,
    lines: list[_Line],
    selector: selectors.BaseSelector,
    now: Callable[[], float],
) -> Counted:
    number, answers = wanted.first, 0
    for line in lines:
        line.send(number)
        number += 1
    start = now() + wanted.warm
    end = start + wanted.seconds
    while (moment := now()) < end:
        for line in _answered(selector, GRACE):
            answers += moment >= start
            line.send(number)
            number += 1
    return Counted(answers, now() - start, number - wanted.first)


def _pace(
    wanted: Round,
    lines: list[_Line],
    selector: selectors.BaseSelector,
    now: Callable[[], float],
) -> Counted:
    rate, idle, waits = wanted.rate or 1.0, deque(lines), list[float]()
    wave, start = round(rate * wanted.seconds), now()
    for number in range(wave):
        due = start + number / rate
        while (wait := due - now()) > 0 or not idle:
            found = list(_answered(selector, GRACE if not idle else max(wait, 0.0), idle=wait > 0))
            waits += [now() - each.sent_at for each in found]
            idle += found
        line = idle.popleft()
        # From when it was due: one that could not be sent yet has waited all the same.
        line.sent_at = due
        line.send(wanted.first + number)
    seconds = now() - start
    while len(idle) < len(lines):
        found = list(_answered(selector, GRACE))
        waits += [now() - each.sent_at for each in found]
        idle += found
    return Counted(len(waits), seconds, wave, tuple(waits))


def _answered(
    selector: selectors.BaseSelector, patience: float, *, idle: bool = False
) -> Iterator[_Line]:
    """The connections whose answer is whole; `idle` where none may be due."""
    ready = selector.select(patience)
    if not ready and not idle:
        raise ValueError(f"no answer for {patience:g} s")
    for key, _ in ready:
        line: _Line = key.data
        if line.answered():
            yield line
