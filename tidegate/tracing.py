"""Trace context, carried along whether or not anything exports it.

One trace runs from request through queue and ERP call to dispatch; between processes it travels
as a W3C traceparent on the rows. Without an exporter a span costs next to nothing: it only keeps
the traceparent it was opened with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from tidegate.redact import redact

if TYPE_CHECKING:
    import logfire
    from opentelemetry.context import Context

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")


class Span(Protocol):
    """An open span."""

    def set(self, **attributes: object) -> None:
        """Say more about what it covers."""
        ...


class Tracer(Protocol):
    """What opens spans; `parent` is None for the current one, and so is what is no traceparent."""

    def open(
        self, name: str, parent: str | None, attributes: dict[str, Any]
    ) -> AbstractContextManager[Span]: ...

    def current(self) -> str | None: ...


class CarryingTracer:
    """Exports nothing; the traceparent that was handed in is the current one until its end.

    Whether it is one is looked at by who asks for it: spans are many, and questions few.
    """

    def __init__(self) -> None:
        self._current: ContextVar[_Carried | None] = ContextVar("traceparent", default=None)

    def open(
        self, name: str, parent: str | None, attributes: dict[str, Any]
    ) -> AbstractContextManager[Span]:
        return _Carried(self._current, parent)

    def current(self) -> str | None:
        carried = self._current.get()
        while carried is not None:
            if valid_traceparent(carried.parent) is not None:
                return carried.parent
            carried = carried.outer
        return None


class _Carried:
    __slots__ = ("_current", "_token", "outer", "parent")

    def __init__(self, current: ContextVar[_Carried | None], parent: str | None) -> None:
        self._current = current
        self.parent = parent

    def set(self, **attributes: object) -> None:
        """Nobody would see them."""

    def __enter__(self) -> Span:
        self.outer = self._current.get()
        self._token = self._current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._current.reset(self._token)


class ExportingTracer:
    """Hands spans to Logfire, which sends them to its own service or to an OTLP endpoint."""

    def __init__(self, exporter: logfire.Logfire) -> None:
        from opentelemetry import context, trace

        self._exporter = exporter
        self._context = context
        self._trace = trace

    @contextmanager
    def open(self, name: str, parent: str | None, attributes: dict[str, Any]) -> Iterator[Span]:
        parent = valid_traceparent(parent)
        token = None if parent is None else self._context.attach(self._remote(parent))
        try:
            with self._exporter.span(name, **redact(attributes)) as opened:
                yield _Exported(opened)
        finally:
            if token is not None:
                self._context.detach(token)

    def current(self) -> str | None:
        found = self._trace.get_current_span().get_span_context()
        if not found.is_valid:
            return None
        return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"

    def _remote(self, parent: str) -> Context:
        trace_id, span_id, flags = (int(part, 16) for part in parent.split("-")[1:])
        remote = self._trace.SpanContext(
            trace_id, span_id, is_remote=True, trace_flags=self._trace.TraceFlags(flags)
        )
        return self._trace.set_span_in_context(self._trace.NonRecordingSpan(remote))


class _Exported:
    __slots__ = ("_opened",)

    def __init__(self, opened: logfire.LogfireSpan) -> None:
        self._opened = opened

    def set(self, **attributes: object) -> None:
        self._opened.set_attributes(redact(attributes))


def valid_traceparent(text: str | None) -> str | None:
    """The text where it is a W3C traceparent of version 00, else None."""
    return text if text is not None and _TRACEPARENT.fullmatch(text) else None


def new_traceparent(draw: Callable[[int], bytes]) -> str:
    """The start of a trace that is to be recorded; `draw(n)` gives n random bytes."""
    drawn = draw(24).hex()
    trace_id, span_id = drawn[:32], drawn[32:]
    # All zeros would say that there is no trace.
    if not trace_id.strip("0"):
        trace_id = f"{1:032x}"
    if not span_id.strip("0"):
        span_id = f"{1:016x}"
    return f"00-{trace_id}-{span_id}-01"
