"""Send one message, and say what that came to. Nothing in here raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from outbox.envelope import envelope
from outbox.store import Dispatch
from outbox.subscriptions import Subscriber
from tidegate import egress
from tidegate.clock import Clock
from tidegate.redact import redact_text
from tidegate.telemetry import current_traceparent, span_from

TIMEOUT = 15.0
THROTTLING = frozenset({429, 502, 504})
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: its status, its `Retry-After`, and how its body begins."""

    status: int
    retry_after: str | None = None
    excerpt: bytes = b""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A 2xx: the receiver has it."""

    status: int


@dataclass(frozen=True, slots=True)
class Again:
    """It may not have arrived.

    Args:
        status: None where no answer came.
        after: seconds that the receiver asked to wait, None where it did not.
        throttled: whether it is the receiver's load that stood in the way.
    """

    message: str
    status: int | None = None
    after: float | None = None
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A 410: this receiver wants no more, ever."""

    message: str
    status: int = 410


@dataclass(frozen=True, slots=True)
class Off:
    """The subscription is disabled or no longer configured: nothing was sent."""

    message: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """The term is over, or its last beat too old: nothing was sent."""

    message: str = "the leadership was too old to send"


Sent = Delivered | Again | Gone | Off | Withheld


class Post(Protocol):
    """How a request leaves the machine. May raise anything."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


class HttpPost:
    """`Post` over HTTP: no redirects, 15 s for each phase of a call, a stub of the answer's body.

    Args:
        connections: how many lanes use it at once.
        timeout: seconds for connecting, for writing, and for each byte to come.
    """

    def __init__(self, clock: Clock, connections: int, timeout: float = TIMEOUT) -> None:
        self._clock = clock
        self._timeout = timeout
        self._http = egress.client(
            timeout=timeout,
            connections=connections,
            headers={"user-agent": "tidegate", "accept-encoding": "identity"},
        )

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        import httpx

        deadline = self._clock.monotonic() + self._timeout
        excerpt = b""
        with self._http.stream("POST", url, headers=dict(headers), content=body) as response:
            # The status decides; a body that breaks off or drips changes nothing about it.
            with suppress(httpx.HTTPError):
                for chunk in response.iter_raw():
                    excerpt += chunk
                    if len(excerpt) > _EXCERPT or self._clock.monotonic() > deadline:
                        break
            return Answer(
                response.status_code, response.headers.get("retry-after"), excerpt[:_EXCERPT]
            )

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


class Sender:
    """Makes an attempt.

    Args:
        source: who speaks, for `ce-source`.
    """

    def __init__(self, post: Post, clock: Clock, source: str) -> None:
        self._post = post
        self._clock = clock
        self._source = source

    def send(
        self, dispatch: Dispatch, subscriber: Subscriber | None, may_send: Callable[[], bool]
    ) -> Sent:
        """One attempt, in whatever thread.

        Args:
            subscriber: None where there is nobody to send it to any more.
            may_send: asked immediately before the request is written.
        """
        if subscriber is None or not subscriber.enabled:
            return Off("the subscription is disabled, or not in the configuration")
        try:
            return self._attempt(dispatch, subscriber, may_send)
        except Exception as error:
            return judge(error, self._clock.now())

    def _attempt(
        self, dispatch: Dispatch, subscriber: Subscriber, may_send: Callable[[], bool]
    ) -> Sent:
        labels = {"event_id": dispatch.event_uuid, "subscription": subscriber.name}
        with span_from(dispatch.trace, "outbox.send", **labels, number=dispatch.attempts) as span:
            request = envelope(
                dispatch,
                subscriber.secrets,
                self._clock.now(),
                source=self._source,
                traceparent=current_traceparent(),
            )
            if not may_send():
                return Withheld()
            answer = self._post(subscriber.url, request.headers, request.body)
            span.set(status=answer.status)
            return judge(answer, self._clock.now())


def judge(came: Answer | Exception, now: datetime) -> Delivered | Again | Gone:
    """What an attempt came to, by its answer or by what stood in the way of one.

    Args:
        now: what a `Retry-After` with a date is measured against.
    """
    if isinstance(came, Exception):
        return Again(_plain(f"{type(came).__name__}: {came}"))
    if 200 <= came.status < 300:
        return Delivered(came.status)
    message = _plain(f"HTTP {came.status} {came.excerpt.decode('utf-8', 'replace')}")
    if came.status == 410:
        return Gone(message)
    after = retry_after(came.retry_after, now)
    return Again(message, came.status, after, came.status in THROTTLING)


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds from now that a `Retry-After` header asks for; None for what is none (RFC 9110)."""
    if text is None:
        return None
    if _SECONDS.fullmatch(text.strip()):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _plain(text: str) -> str:
    shown = "".join(char if char.isprintable() else " " for char in text)
    return redact_text(shown.strip())[:_EXCERPT]
